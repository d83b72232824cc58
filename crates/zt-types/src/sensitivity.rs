//! Sensitivity of a resource.

use serde::{Deserialize, Serialize};

/// How much harm a leak does. Ordered from harmless to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitivity {
    /// 公開
    Public,
    /// 社内
    Internal,
    /// 秘
    Confidential,
    /// 極秘
    Restricted,
}

impl Sensitivity {
    /// All, least first.
    pub const ALL: [Self; 4] = [
        Self::Public,
        Self::Internal,
        Self::Confidential,
        Self::Restricted,
    ];

    /// `public`, `internal`, `confidential`, `restricted`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        }
    }

    /// 1 to 4, for arithmetic in policies.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Public => 1,
            Self::Internal => 2,
            Self::Confidential => 3,
            Self::Restricted => 4,
        }
    }
}
