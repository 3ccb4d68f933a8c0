//! Which class, and how strongly.

use clap::Args;
use ddim_wgpu::ClassChoice;
use ddim_wgpu::output::RunParameters;

/// Which class, and how strongly.
#[derive(Debug, Args)]
pub struct ClassArguments {
    /// Class to sample: a number, several in turn (3,1,4), `all` for each in turn, or `none`
    /// [default: none; for the tables of `ddim evaluate` all, where the model has classes]
    #[arg(long, value_name = "C,…|all|none", value_parser = parse_class, allow_negative_numbers = true)]
    pub class: Option<ClassChoice>,
    /// How far to go towards the class beyond what the model says: u + G·(c − u)
    #[arg(
        long,
        value_name = "G",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    pub guidance: f32,
}

impl ClassArguments {
    /// The class asked for, `none` where nothing was.
    pub fn choice(&self) -> ClassChoice {
        self.class.clone().unwrap_or(ClassChoice::None)
    }

    pub fn record(&self, run: &mut RunParameters) {
        self.record_choice(&self.choice(), run);
    }

    /// Records the class that a command with a default of its own came to.
    pub fn record_choice(&self, choice: &ClassChoice, run: &mut RunParameters) {
        match choice {
            ClassChoice::One(class) => run.option("class", *class),
            ClassChoice::Cyclic => run.option("class", "all"),
            ClassChoice::Listed(classes) => {
                let classes: Vec<String> = classes.iter().map(u32::to_string).collect();
                run.option("class", classes.join(","))
            }
            _ => return,
        };
        run.option("guidance", decimal(self.guidance));
    }
}

/// The number that was written: 7.5f32 as f64 is fine, but 1.1f32 is 1.10000002384.
pub fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

fn parse_class(text: &str) -> Result<ClassChoice, String> {
    match text {
        "none" => Ok(ClassChoice::None),
        "all" => Ok(ClassChoice::Cyclic),
        numbers => {
            let classes = numbers.split(',').map(|number| number.trim().parse());
            let classes: Result<Vec<u32>, _> = classes.collect();
            match classes.as_deref() {
                Ok([class]) => Ok(ClassChoice::One(*class)),
                Ok(classes) => Ok(ClassChoice::Listed(classes.to_vec())),
                Err(_) => Err("give numbers of classes, `all` or `none`".to_owned()),
            }
        }
    }
}
