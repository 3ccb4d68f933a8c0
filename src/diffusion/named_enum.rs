//! Enums whose variants have a name in configuration files and on command lines.

/// A name that is not one of the known ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`: use one of {expected}")]
#[non_exhaustive]
pub struct UnknownName {
    /// What the name was to stand for, e.g. "timestep spacing".
    pub what: &'static str,
    /// The name as given.
    pub name: String,
    /// The known names, separated by commas.
    pub expected: &'static str,
}

/// Defines a field-less enum with one name per variant, its list, `Display` and `FromStr`.
macro_rules! named_enum {
    (
        $(#[$meta:meta])* $what:literal $type:ident, expected $expected:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $name:literal $(| $alias:literal)*,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $type {
            /// Every variant, in the order they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in configuration files and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::diffusion::named_enum::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name $(| $alias)* => Ok(Self::$variant),)+
                    _ => Err($crate::diffusion::named_enum::UnknownName {
                        what: $what,
                        name: name.to_owned(),
                        expected: $expected,
                    }),
                }
            }
        }
    };
}

pub(super) use named_enum;
