#[path = "../../../../src/cpu/engine/ledger.rs"]
pub mod ledger;
