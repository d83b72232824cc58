//! The namespaces that we read and write, each with the prefix that we write it with.

/// A namespace. The prefix is for writing; reading asks for the name alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace {
    prefix: &'static str,
    uri: &'static str,
}

impl Namespace {
    /// Assertions (SAML core §1.2).
    pub const SAML: Self = Self::of("saml", "urn:oasis:names:tc:SAML:2.0:assertion");
    /// Messages (SAML core §1.2).
    pub const SAMLP: Self = Self::of("samlp", "urn:oasis:names:tc:SAML:2.0:protocol");
    /// Metadata (SAML metadata §1.2).
    pub const MD: Self = Self::of("md", "urn:oasis:names:tc:SAML:2.0:metadata");
    /// What metadata says of algorithms (SAML metadata profile for algorithm support §1).
    pub const ALG: Self = Self::of("alg", "urn:oasis:names:tc:SAML:metadata:algsupport");
    /// What metadata says to people (SAML metadata extensions for login and discovery §1).
    pub const MDUI: Self = Self::of("mdui", "urn:oasis:names:tc:SAML:metadata:ui");
    /// What metadata says of an entity besides (SAML metadata extension for entity attributes §1).
    pub const MDATTR: Self = Self::of("mdattr", "urn:oasis:names:tc:SAML:metadata:attribute");
    /// Signatures (XML signature §1.3).
    pub const DS: Self = Self::of("ds", "http://www.w3.org/2000/09/xmldsig#");
    /// Newer signature methods (RFC 9231).
    pub const DSIG_MORE: Self = Self::of("dsm", "http://www.w3.org/2001/04/xmldsig-more#");
    /// Encryption (XML encryption §1.3).
    pub const XENC: Self = Self::of("xenc", "http://www.w3.org/2001/04/xmlenc#");
    /// Encryption as of 1.1 (XML encryption 1.1 §1.3).
    pub const XENC11: Self = Self::of("xenc11", "http://www.w3.org/2009/xmlenc11#");
    /// Exclusive canonicalization's prefix list (Exclusive XML canonicalization §4).
    pub const EXC_C14N: Self = Self::of("ec", "http://www.w3.org/2001/10/xml-exc-c14n#");
    /// SOAP 1.1 (SAML bindings §3.2).
    pub const SOAP: Self = Self::of("soap", "http://schemas.xmlsoap.org/soap/envelope/");
    /// `xml:lang` and its like, which no document declares.
    pub const XML: Self = Self::of("xml", "http://www.w3.org/XML/1998/namespace");

    const fn of(prefix: &'static str, uri: &'static str) -> Self {
        Self { prefix, uri }
    }

    /// The prefix that we write.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        self.prefix
    }

    /// The namespace's name.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        self.uri
    }
}
