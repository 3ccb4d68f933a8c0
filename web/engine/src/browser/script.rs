//! Between JavaScript's values and ours.

use js_sys::{Function, JSON, Promise};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsError, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::request;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, milliseconds: i32) -> JsValue;
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn now() -> f64;
}

/// What a call from JavaScript fails with: an `Error` with the message.
pub type Outcome<T> = Result<T, JsError>;

/// Reads an object of JavaScript's; nothing is an empty one.
pub fn read<T: DeserializeOwned>(what: &'static str, value: &JsValue) -> Outcome<T> {
    if value.is_undefined() || value.is_null() {
        return Ok(request::read(what, "{}")?);
    }
    let text = JSON::stringify(value).map_err(|error| {
        // Of a number of 64 bits, for instance, which has to come as text.
        let message = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
        JsError::new(&format!(
            "{what}: {}",
            message.map_or_else(String::new, String::from)
        ))
    })?;
    Ok(request::read(what, &String::from(text))?)
}

/// Lets the page do what waits: input, a frame.
pub async fn breathe() {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, 0);
    });
    // A timer is never rejected.
    let _ = JsFuture::from(promise).await;
}

/// Calls a function that a page may have given.
pub fn tell(listener: Option<&Function>, argument: &JsValue) {
    if let Some(listener) = listener {
        // An error thrown there is the page's, and is in its console.
        let _ = listener.call1(&JsValue::NULL, argument);
    }
}
