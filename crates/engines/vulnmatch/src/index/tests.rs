use super::*;
use crate::cpe::Name;
