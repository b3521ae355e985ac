//! Which roles may be given out in an organisation of a kind.

use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;

/// The roles that the people page of an organisation of this kind offers. Inspectors are made by
/// the body that sends them, administrators by administrators.
pub(crate) fn roles_on_offer(kind: OrganizationKind) -> Vec<Role> {
    Role::ALL
        .into_iter()
        .filter(|role| role.fits(kind))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clinic_gives_out_no_regional_role_and_a_region_no_director() {
        let clinic = roles_on_offer(OrganizationKind::Clinic);
        assert!(clinic.contains(&Role::Director) && !clinic.contains(&Role::RegionalStaff));
        let prefecture = roles_on_offer(OrganizationKind::Prefecture);
        assert!(prefecture.contains(&Role::Inspector) && !prefecture.contains(&Role::Director));
    }
}
