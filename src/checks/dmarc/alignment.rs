//! Whose signatures count as an author's (RFC 9989 §4.4.1, §4.10.2).

use schemars::JsonSchema;
use serde::Serialize;

use super::{look, reports};
use crate::names::domain::Domain;
use crate::net::Net;
use crate::report::{Proof, Unclear};

/// How alike a signer and the author must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AlignmentMode {
    /// Of one organisation.
    Relaxed,
    /// The same domain.
    Strict,
}

/// What the DMARC policy of an author says of signers.
#[derive(Debug)]
pub(crate) struct Alignment {
    author: Domain,
    asked: Asked,
}

#[derive(Debug)]
enum Asked {
    /// A record governs the author.
    Record { mode: AlignmentMode, organizational: Domain, found_at: String, proof: Proof },
    /// None does, so that DMARC does not apply.
    Nothing,
    /// A question on the way got no answer.
    Unknown(Unclear),
}

impl Alignment {
    /// Finds the record that governs an author.
    pub(crate) async fn of(author: &Domain, net: &Net) -> Self {
        let asked = match look(author, net).await {
            Err(unclear) => Asked::Unknown(unclear),
            Ok(seen) => match (seen.holes().find(|hole| hole.decisive), seen.governing()) {
                (Some(hole), _) => Asked::Unknown(hole),
                (None, None) => Asked::Nothing,
                (None, Some((step, record))) => Asked::Record {
                    mode: if record.is_strict("adkim") { AlignmentMode::Strict } else { AlignmentMode::Relaxed },
                    organizational: seen.found.organizational.clone(),
                    found_at: step.name.clone(),
                    proof: step.proof(),
                },
            },
        };
        Alignment { author: author.clone(), asked }
    }

    /// The mode of the record that governs the author; none without one, or if that is not known.
    pub(crate) fn mode(&self) -> Option<AlignmentMode> {
        match &self.asked {
            Asked::Record { mode, .. } => Some(*mode),
            Asked::Nothing | Asked::Unknown(_) => None,
        }
    }

    /// Where the record stands that decided, and the record.
    pub(crate) fn record(&self) -> Option<(&str, &Proof)> {
        match &self.asked {
            Asked::Record { found_at, proof, .. } => Some((found_at, proof)),
            Asked::Nothing | Asked::Unknown(_) => None,
        }
    }

    /// Whether DMARC counts a signature of this domain as the author's. Without a record that is what would hold with
    /// one at the domain below the public suffix.
    ///
    /// # Errors
    /// [`Unclear`] if a name of a tree walk that decides told nothing.
    pub(crate) async fn counts(&self, signer: &Domain, net: &Net) -> Result<bool, Unclear> {
        if *signer == self.author {
            return Ok(true);
        }
        let is_one_registration = signer.registrable().is_some_and(|own| self.author.registrable() == Some(own));
        match &self.asked {
            Asked::Nothing => Ok(is_one_registration),
            // Domains of two registrations are of two organisations, whatever the record says.
            Asked::Unknown(_) if !is_one_registration => Ok(false),
            Asked::Unknown(unclear) => Err(unclear.clone()),
            Asked::Record { mode: AlignmentMode::Strict, .. } => Ok(false),
            Asked::Record { organizational, .. } => {
                // A walk finds the signer itself or a domain above it.
                if !is_within(signer, organizational) {
                    return Ok(false);
                }
                let found = reports::organization(signer, net).await.map_err(|error| error.unclear(signer))?;
                Ok(found == *organizational)
            }
        }
    }
}

fn is_within(name: &Domain, above: &Domain) -> bool {
    let mut next = Some(name.clone());
    while let Some(name) = next {
        if name == *above {
            return true;
        }
        next = name.parent();
    }
    false
}
