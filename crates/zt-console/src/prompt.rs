pub(crate) mod qr;
pub(crate) mod view;
