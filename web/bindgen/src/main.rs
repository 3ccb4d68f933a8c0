//! `ddim-web-bindgen INPUT.wasm DIRECTORY`: writes the module's JavaScript, its types and the final
//! WebAssembly into the directory, as `wasm-bindgen --target web` does.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, directory] = arguments.as_slice() else {
        eprintln!("usage: ddim-web-bindgen INPUT.wasm DIRECTORY");
        return ExitCode::from(2);
    };
    match generate(input, directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ddim-web-bindgen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(input: &str, directory: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name("ddim")
        .omit_default_module_path(false)
        .remove_name_section(true);
    bindgen.web(true)?.generate(directory)?;
    Ok(())
}
