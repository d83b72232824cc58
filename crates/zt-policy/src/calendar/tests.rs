use super::*;
use proptest::prelude::*;

fn calendar(zone: &str, hours: &[(&[Day], u16, u16)], days_off: &[&str]) -> ReadCalendar {
    let name = Text {
        ja: "営業時間".to_owned(),
        en: "Office hours".to_owned(),
    };
    Calendar {
        id: CalendarId::new("office").unwrap(),
        name: name.clone(),
        time_zone: zone.to_owned(),
        hours: hours
            .iter()
            .map(|(days, from, to)| Hours {
                days: days.to_vec(),
                from: *from,
                to: *to,
            })
            .collect(),
        days_off: days_off
            .iter()
            .map(|day| ((*day).to_owned(), name.clone()))
            .collect(),
        managed_by: crate::ManagedBy::Files,
    }
    .read()
    .unwrap()
}

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(instant.as_millisecond())
}

const WEEKDAYS: &[Day] = &[Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

#[test]
fn hours_of_a_week() {
    let office = calendar("Asia/Tokyo", &[(WEEKDAYS, 540, 1050)], &["2027-01-11"]);
    for (instant, within, until) in [
        // Friday: from 09:00 up to 17:30, Japan is nine hours ahead.
        ("2027-01-08T00:00:00Z", Within::Yes, "2027-01-08T08:30:00Z"),
        ("2027-01-07T23:59:59Z", Within::No, "2027-01-08T00:00:00Z"),
        ("2027-01-08T08:29:59Z", Within::Yes, "2027-01-08T08:30:00Z"),
        ("2027-01-08T08:30:00Z", Within::No, "2027-01-08T15:00:00Z"),
        // Saturday, then a public holiday on Monday.
        ("2027-01-09T03:00:00Z", Within::No, "2027-01-09T15:00:00Z"),
        ("2027-01-11T03:00:00Z", Within::No, "2027-01-11T15:00:00Z"),
        ("2027-01-12T03:00:00Z", Within::Yes, "2027-01-12T08:30:00Z"),
    ] {
        assert_eq!(office.at(at(instant)), (within, at(until)), "{instant}");
    }
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins_on() {
    let night = calendar("Asia/Tokyo", &[(&[Day::Fri], 1320, 360)], &[]);
    for (instant, within) in [
        ("2027-01-08T12:59:59Z", Within::No),
        ("2027-01-08T13:00:00Z", Within::Yes),
        ("2027-01-08T20:59:59Z", Within::Yes),
        ("2027-01-08T21:00:00Z", Within::No),
        ("2027-01-07T20:00:00Z", Within::No),
    ] {
        assert_eq!(night.at(at(instant)).0, within, "{instant}");
    }
}

#[test]
fn what_cannot_be_read_says_what_to_write() {
    let with = |zone: &str, from, to, day: &str| {
        Calendar {
            id: CalendarId::new("x").unwrap(),
            name: Text {
                ja: String::new(),
                en: String::new(),
            },
            time_zone: zone.to_owned(),
            hours: vec![Hours {
                days: vec![Day::Mon],
                from,
                to,
            }],
            days_off: [(
                day.to_owned(),
                Text {
                    ja: String::new(),
                    en: String::new(),
                },
            )]
            .into(),
            managed_by: crate::ManagedBy::Files,
        }
        .read()
        .unwrap_err()
    };
    assert!(with("Asia/Edo", 0, 60, "2027-01-01").contains("Asia/Tokyo"));
    assert!(with("Asia/Tokyo", 1440, 60, "2027-01-01").contains("24:00"));
    assert!(with("Asia/Tokyo", 0, 0, "2027-01-01").contains("24:00"));
    assert!(with("Asia/Tokyo", 0, 60, "1 January").contains("2027-01-01"));
}

proptest! {
    /// Between an instant and the one it names, nothing changes: also where clocks are put back and forward.
    #[test]
    fn nothing_changes_before_it_is_said_to(
        zone in proptest::sample::select(&["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        from in 0u16..1440,
        to in 1u16..=1440,
        seconds in 1_790_000_000i64..1_830_000_000,
        part in 0.0f64..1.0,
    ) {
        let calendar = calendar(zone, &[(&[Day::Sun, Day::Mon, Day::Wed], from, to)], &["2027-03-28"]);
        let now = Timestamp::from_seconds(seconds);
        let (within, until) = calendar.at(now);
        prop_assert!(until > now);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any instant in between will do")]
        let between = now.as_millis() + ((until.as_millis() - now.as_millis() - 1) as f64 * part) as i64;
        prop_assert_eq!(calendar.at(Timestamp::from_millis(between)).0, within);
    }
}
