//! A panic ends a WebAssembly module with `unreachable` and says nothing; here its message is kept.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// Has messages of panics kept, and printed to the console.
pub fn keep_messages() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        console_error(&message);
        MESSAGE.with_borrow_mut(|kept| *kept = Some(message));
    }));
}

/// The message of the panic that has ended this module: a fault of the library, which is to be
/// loaded anew.
#[wasm_bindgen(js_name = panicMessage)]
#[must_use]
pub fn panic_message() -> Option<String> {
    MESSAGE.with_borrow(Clone::clone)
}
