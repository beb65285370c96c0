//! Kernel against kernel.

use serde::Serialize;

use super::hex::differing_bytes;
use super::{Detail, Sides, StringsChange};
use crate::compare::inside::effort::Effort;
use crate::compare::inside::fields::{self, FieldChange, Values};
use crate::format::kernel::{self, Banner};
use crate::words::bytes as count_bytes;

/// What differs between two kernels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KernelChange {
    /// What their banners say, and their sizes.
    pub fields: Vec<FieldChange>,
    /// Bytes of the longer one that have no equal counterpart.
    pub differing_bytes: usize,
    /// The drivers' and other strings that only one has.
    pub strings: StringsChange,
}

/// Both kernels, if both are one.
pub fn kernels(sides: &Sides<'_>, effort: &mut Effort) -> Option<Detail> {
    let banners = (kernel::banner(sides.old), kernel::banner(sides.new));
    let is_kernel = |bytes: &[u8], banner: &Option<Banner>| banner.is_some() || bytes.starts_with(&kernel::START);
    if !is_kernel(sides.old, &banners.0) || !is_kernel(sides.new, &banners.1) || !effort.may_look_at(sides.len()) {
        return None;
    }
    let fields = fields::changes(values(sides.old, banners.0.as_ref()), values(sides.new, banners.1.as_ref()));
    Some(Detail::Kernel(KernelChange {
        fields,
        differing_bytes: differing_bytes(sides.old, sides.new),
        strings: StringsChange::of(sides.old, sides.new),
    }))
}

fn values(kernel: &[u8], banner: Option<&Banner>) -> Values {
    let mut values = banner.map(fields::of_banner).unwrap_or_default();
    values.push(fields::told("size", count_bytes(kernel.len())));
    values
}
