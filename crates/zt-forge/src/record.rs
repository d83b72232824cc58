//! The parties as they are registered.

use crate::{ATTACKER, Demand, OWNER, Party, Stage};
use zt_federation::saml::{
    Consumer, EntityId, LogoutBinding, LogoutService, MetadataSource, NameIdKind, RequestSigning,
    ServiceProvider, SignedParts, Unsolicited, XmlAlgorithm,
};
use zt_federation::{RedirectUri, StepUp};
use zt_types::{AppId, ClientId, ManagedBy, Text};

impl Stage {
    /// Records of the owner, whose id is `rooms`, and of the attacker, whose id is `evil`, for an application.
    ///
    /// # Panics
    /// If the stage names no addresses.
    #[must_use]
    pub fn registered(&self, app: &AppId) -> [ServiceProvider; 2] {
        let owner = self.record(("rooms", &self.issuer), &OWNER, app);
        let attacker = self.record(("evil", &self.other), &ATTACKER, app);
        [owner, attacker]
    }

    fn record(&self, (id, entity): (&str, &str), party: &Party, app: &AppId) -> ServiceProvider {
        let uri = |path: &str| RedirectUri::parse(&format!("{entity}/{path}")).unwrap();
        ServiceProvider {
            id: ClientId::new(id).unwrap(),
            entity_id: EntityId::parse(entity).unwrap(),
            name: Text {
                ja: "会議室".to_owned(),
                en: "Rooms".to_owned(),
            },
            app: app.clone(),
            consumers: vec![Consumer {
                index: 0,
                location: uri("acs"),
                is_default: true,
            }],
            logout: vec![LogoutService {
                binding: LogoutBinding::Redirect,
                location: uri("slo"),
                response_location: None,
            }],
            signing: party.certificates(),
            encryption: None,
            requests: match self.demand {
                Demand::Signed => RequestSigning::Demanded,
                Demand::AsItComes => RequestSigning::AsTheyCome,
            },
            signs: SignedParts::Both,
            algorithm: XmlAlgorithm::EcdsaSha256,
            name_id: NameIdKind::Persistent,
            attributes: Vec::new(),
            step_up: StepUp::default(),
            unsolicited: Unsolicited::Refused,
            session: None,
            home: None,
            source: MetadataSource::Written,
            managed_by: ManagedBy::Files,
        }
    }
}
