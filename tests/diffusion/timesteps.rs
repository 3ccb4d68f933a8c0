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

/// The grids of the DDIM authors' CIFAR-10 runs, `list(np.linspace(0, np.sqrt(800), S)**2)` as
/// whole numbers, each level once: a step from a level to itself does nothing.
#[test]
fn the_papers_quadratic_grids_at_50_and_100_steps() {
    let distinct = |steps| {
        let grid = TimestepGrid::distinct(TimestepSpacing::Quadratic, 1000, steps, 0);
        grid.unwrap().as_slice().to_vec()
    };
    assert_eq!(
        distinct(50),
        [
            800, 767, 736, 705, 674, 645, 616, 587, 560, 533, 506, 481, 456, 431, 408, 385, 362,
            341, 320, 299, 280, 261, 242, 225, 208, 191, 176, 161, 146, 133, 120, 107, 96, 85, 74,
            65, 56, 47, 40, 33, 26, 21, 16, 11, 8, 5, 2, 1, 0
        ]
    );
    assert_eq!(
        distinct(100),
        [
            800, 783, 768, 752, 736, 721, 705, 690, 675, 661, 646, 632, 617, 603, 589, 575, 562,
            548, 535, 522, 509, 496, 483, 471, 459, 446, 434, 423, 411, 399, 388, 377, 366, 355,
            344, 334, 323, 313, 303, 293, 284, 274, 265, 255, 246, 238, 229, 220, 212, 204, 195,
            188, 180, 172, 165, 158, 150, 143, 137, 130, 124, 117, 111, 105, 99, 94, 88, 83, 78,
            73, 68, 63, 59, 55, 51, 47, 43, 39, 35, 32, 29, 26, 23, 20, 18, 15, 13, 11, 9, 8, 6, 5,
            3, 2, 1, 0
        ]
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
