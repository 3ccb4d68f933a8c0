use ddim_wgpu::diffusion::{TimestepError, TimestepGrid, TimestepSpacing};

fn grid(spacing: TimestepSpacing, train_steps: usize, steps: usize) -> Vec<usize> {
    let grid = TimestepGrid::new(spacing, train_steps, steps, 0).unwrap();
    grid.as_slice().to_vec()
}

#[test]
fn grids_of_ten_steps() {
    use TimestepSpacing::*;
    assert_eq!(
        grid(Leading, 1000, 10),
        [900, 800, 700, 600, 500, 400, 300, 200, 100, 0]
    );
    assert_eq!(
        grid(Trailing, 1000, 10),
        [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]
    );
    assert_eq!(
        grid(Linspace, 1000, 10),
        [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]
    );
    // `np.linspace(0, np.sqrt(800), 10)**2`, as in the DDIM authors' code.
    assert_eq!(
        grid(Quadratic, 1000, 10),
        [800, 632, 483, 355, 246, 158, 88, 39, 9, 0]
    );
}

/// 12.5 → 12 and 37.5 → 38: half to even, as numpy rounds.
#[test]
fn halves_go_to_the_even_side() {
    use TimestepSpacing::*;
    assert_eq!(grid(Trailing, 50, 4), [49, 37, 24, 11]);
    assert_eq!(grid(Linspace, 50, 3), [49, 24, 0]); // 24.5
    assert_eq!(grid(Linspace, 52, 3), [51, 26, 0]); // 25.5
}

/// Adding up T/S in floating point gives S + 1 entries here, the last of them −1.
#[test]
fn trailing_has_exactly_the_steps_asked_for() {
    for steps in [61, 103, 121] {
        let grid = grid(TimestepSpacing::Trailing, 1000, steps);
        assert_eq!((grid.len(), grid[0]), (steps, 999));
    }
}

#[test]
fn every_number_of_steps_gives_a_falling_grid_of_that_length() {
    for train_steps in [1, 2, 7, 50, 300] {
        for steps in 1..=train_steps {
            for spacing in TimestepSpacing::ALL {
                match TimestepGrid::new(*spacing, train_steps, steps, 0) {
                    Ok(grid) => {
                        assert_eq!(grid.len(), steps);
                        assert!(grid.as_slice().is_sorted_by(|a, b| a > b), "{grid:?}");
                        assert!(grid.as_slice()[0] < train_steps);
                    }
                    Err(TimestepError::Repeated { .. }) => {
                        assert_eq!(*spacing, TimestepSpacing::Quadratic);
                    }
                    Err(error) => panic!("{spacing} {steps} of {train_steps}: {error}"),
                }
            }
        }
    }
}

#[test]
fn the_offset_moves_leading_grids_only() {
    let leading = TimestepGrid::new(TimestepSpacing::Leading, 1000, 4, 1).unwrap();
    assert_eq!(leading.as_slice(), [751, 501, 251, 1]);
    let trailing = TimestepGrid::new(TimestepSpacing::Trailing, 1000, 4, 1).unwrap();
    assert_eq!(trailing.as_slice(), [999, 749, 499, 249]);
}

#[test]
fn what_is_no_grid_is_refused() {
    use TimestepError::*;
    let new = |spacing, steps, offset| TimestepGrid::new(spacing, 1000, steps, offset);
    assert_eq!(new(TimestepSpacing::Leading, 0, 0), Err(NoSteps));
    let too_many = new(TimestepSpacing::Trailing, 1001, 0);
    assert_eq!(
        too_many,
        Err(TooManySteps {
            steps: 1001,
            train_steps: 1000
        })
    );
    // An index of 1000 crashes other samplers.
    let beyond = new(TimestepSpacing::Leading, 1000, 1);
    assert_eq!(
        beyond,
        Err(OutOfRange {
            timestep: 1000,
            train_steps: 1000
        })
    );
    assert!(matches!(
        new(TimestepSpacing::Leading, 10, usize::MAX),
        Err(OutOfRange { .. })
    ));
    assert!(matches!(
        new(TimestepSpacing::Quadratic, 1000, 0),
        Err(Repeated { .. })
    ));

    let custom = |list: &[usize]| TimestepGrid::custom(list.to_vec(), 1000);
    assert_eq!(custom(&[]), Err(NoSteps));
    assert_eq!(
        custom(&[10, 20]),
        Err(NotDecreasing {
            index: 1,
            previous: 10,
            timestep: 20
        })
    );
    assert_eq!(
        custom(&[30, 20, 20]),
        Err(NotDecreasing {
            index: 2,
            previous: 20,
            timestep: 20
        })
    );
    assert_eq!(
        custom(&[1000, 0]),
        Err(OutOfRange {
            timestep: 1000,
            train_steps: 1000
        })
    );
    assert_eq!(custom(&[999, 3]).unwrap().as_slice(), [999, 3]);
}

#[test]
fn names_are_those_of_the_command_line() {
    for spacing in TimestepSpacing::ALL {
        assert_eq!(spacing.name().parse(), Ok(*spacing));
        assert_eq!(spacing.to_string(), spacing.name());
    }
    let error = "Leading".parse::<TimestepSpacing>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown timestep spacing `Leading`: use one of leading, trailing, linspace, quadratic"
    );
}
