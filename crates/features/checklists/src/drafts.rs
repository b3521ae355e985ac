//! What an earlier sheet offers to a newer one, with the version of the row that the offer meets.

use yagura_packs::Library;

use crate::model::{Applicability, DraftProposal, applicability, proposals};
use crate::store::SheetContent;

/// A proposal for a row that somebody can take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is proposed, and where it comes from.
    pub proposal: DraftProposal,
    /// The version of the row as it stands, to be given when it is taken over.
    pub version: i64,
}

/// What a sheet offers to another: last year's to this year's, or, of one vendor, the sheet for one
/// customer to the sheet for another. The caller has read both with proofs of its own.
#[must_use]
pub fn offers(packs: &Library, target: &SheetContent, source: &SheetContent) -> Vec<Offer> {
    proposals(packs, &target.pack, &source.pack, &source.bare_answers())
        .into_iter()
        .map(|proposal| Offer {
            version: target
                .answers
                .get(&proposal.item_key)
                .map_or(0, |stored| stored.version),
            proposal,
        })
        .collect()
}

/// Those of the offers that meet a row which applies and has no answer yet.
pub fn open_offers<'o>(
    offers: &'o [Offer],
    target: &'o SheetContent,
) -> impl Iterator<Item = &'o Offer> {
    offers.iter().filter(|offer| {
        let key = &offer.proposal.item_key;
        let unanswered = target
            .answers
            .get(key)
            .is_none_or(|stored| stored.answer.current().is_none());
        let applies = target.pack.item(key).is_some_and(|item| {
            applicability(item, &target.header.values) == Applicability::Applies
        });
        unanswered && applies
    })
}
