//! What surrounds the pages of a signed-in person.

use crate::guard::Signed;
use zt_pages::{NavigationItem, Shell};

static PORTAL: [NavigationItem; 5] = [
    NavigationItem {
        href: "/",
        icon: "layout-grid",
        key: "portal-apps",
        jump: 'a',
    },
    NavigationItem {
        href: "/security",
        icon: "key-round",
        key: "portal-security",
        jump: 'm',
    },
    NavigationItem {
        href: "/devices",
        icon: "laptop",
        key: "portal-devices",
        jump: 'd',
    },
    NavigationItem {
        href: "/sessions",
        icon: "log-in",
        key: "portal-sessions",
        jump: 's',
    },
    NavigationItem {
        href: "/activity",
        icon: "history",
        key: "portal-activity",
        jump: 'h',
    },
];

static CONSOLE: [NavigationItem; 10] = [
    NavigationItem {
        href: "/console",
        icon: "activity",
        key: "console-now",
        jump: 'n',
    },
    NavigationItem {
        href: "/console/events",
        icon: "history",
        key: "console-events",
        jump: 'e',
    },
    NavigationItem {
        href: "/console/people",
        icon: "users",
        key: "console-people",
        jump: 'u',
    },
    NavigationItem {
        href: "/console/devices",
        icon: "laptop",
        key: "console-devices",
        jump: 'd',
    },
    NavigationItem {
        href: "/console/applications",
        icon: "app-window",
        key: "console-applications",
        jump: 'a',
    },
    NavigationItem {
        href: "/console/clients",
        icon: "globe",
        key: "console-clients",
        jump: 'c',
    },
    NavigationItem {
        href: "/console/policies",
        icon: "scroll-text",
        key: "console-policies",
        jump: 'p',
    },
    NavigationItem {
        href: "/console/sources",
        icon: "radio",
        key: "console-sources",
        jump: 's',
    },
    NavigationItem {
        href: "/console/tasks",
        icon: "inbox",
        key: "console-tasks",
        jump: 't',
    },
    NavigationItem {
        href: "/console/system",
        icon: "heart-pulse",
        key: "console-system",
        jump: 'h',
    },
];

impl Signed {
    /// The portal around a page, with the entry `current` open.
    pub(crate) fn portal(&self, current: &'static str) -> Shell {
        let other_side = self
            .person
            .role
            .administers()
            .then_some(("/console", "to-console"));
        self.shell(&PORTAL, current, other_side)
    }

    /// The console around a page.
    pub(crate) fn console(&self, current: &'static str) -> Shell {
        self.shell(&CONSOLE, current, Some(("/", "to-portal")))
    }

    fn shell(
        &self,
        items: &'static [NavigationItem],
        current: &'static str,
        other_side: Option<(&'static str, &'static str)>,
    ) -> Shell {
        Shell {
            person: self.page.text(&self.person.name).to_owned(),
            token: self.token.clone(),
            items,
            current,
            other_side,
        }
    }
}
