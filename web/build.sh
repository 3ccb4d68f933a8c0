# Builds the site into a directory. To be sourced in the project's root, after scripts/tools.sh; calls
# skip where a tool cannot be had.

# A compiler for WebAssembly: rustup's target, which is added if it can be, or Debian's.
wasm_compiler() {
    if command -v rustup >/dev/null &&
        { rustup target list --installed | grep -qx wasm32-unknown-unknown ||
            rustup target add wasm32-unknown-unknown >/dev/null 2>&1; }; then
        wasm_build=()
        return 0
    fi
    [ -f /usr/lib/rustlib/wasm32-unknown-unknown/lib/libstd.rlib ] || [ -n "$(ls /usr/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib 2>/dev/null)" ] ||
        install rustc-web libstd-rust-web-dev rust-web-src lld-22 || return 1
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
    wasm_build=(-Zbuild-std=std,panic_abort)
}

# Writes the site into the directory $1: the page, its module and the models' files.
build_site() {
    local site="$1" target="${CARGO_TARGET_DIR:-$PWD/web/target}"
    (cd web && cargo build --quiet --release --package ddim-web-bindgen) || return 1
    wasm_compiler || skip "no Rust for wasm32-unknown-unknown (rustup target add wasm32-unknown-unknown)"
    # Where sources lie on this machine is nobody's business, and kilobytes of a module's messages.
    local sources="${CARGO_HOME:-$HOME/.cargo}/registry/src"
    local remap="\"--remap-path-prefix=$PWD=.\""
    [ ! -d "$sources" ] || remap+=", \"--remap-path-prefix=$(echo "$sources"/index.crates.io-*)=.\""
    (cd web && cargo build --quiet --package ddim-web --lib --profile wasm --target wasm32-unknown-unknown \
        --config "target.wasm32-unknown-unknown.rustflags=[$remap]" "${wasm_build[@]}") || return 1
    rm -rf "$site" && mkdir -p "$site/pkg" || return 1
    "$target/release/ddim-web-bindgen" "$target/wasm32-unknown-unknown/wasm/ddim_web.wasm" "$site/pkg" || return 1
    cp web/page/* "$site/" || return 1
    local model
    for model in digits dino swiss-roll; do
        mkdir -p "$site/models/$model" &&
            cp "models/$model"/{config.json,scheduler_config.json,model.safetensors} "$site/models/$model/" || return 1
    done
}
