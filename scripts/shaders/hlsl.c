// Compiles HLSL files with Microsoft's compilers as wgpu-hal 30 does: hlsl.exe fxc|dxc LIST
// LIST has a line "file<TAB>entry point" each. Loads d3dcompiler_47.dll or dxcompiler.dll from the current directory.
#define COBJMACROS
#define INITGUID
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Blob Blob;
typedef struct {
    HRESULT(WINAPI *QueryInterface)(Blob *, REFIID, void **);
    ULONG(WINAPI *AddRef)(Blob *);
    ULONG(WINAPI *Release)(Blob *);
    void *(WINAPI *GetBufferPointer)(Blob *);
    SIZE_T(WINAPI *GetBufferSize)(Blob *);
} BlobVtbl;
struct Blob { const BlobVtbl *v; };

typedef HRESULT(WINAPI *D3DCompileFn)(const void *, SIZE_T, const char *, const void *, void *, const char *,
                                      const char *, UINT, UINT, Blob **, Blob **);

// The parts of dxcapi.h that are used.
typedef struct { const void *Ptr; SIZE_T Size; UINT Encoding; } DxcBuffer;
typedef struct DxcResult DxcResult;
typedef struct {
    HRESULT(WINAPI *QueryInterface)(DxcResult *, REFIID, void **);
    ULONG(WINAPI *AddRef)(DxcResult *);
    ULONG(WINAPI *Release)(DxcResult *);
    HRESULT(WINAPI *GetStatus)(DxcResult *, HRESULT *);
    HRESULT(WINAPI *GetResult)(DxcResult *, Blob **);
    HRESULT(WINAPI *GetErrorBuffer)(DxcResult *, Blob **);
} DxcResultVtbl;
struct DxcResult { const DxcResultVtbl *v; };
typedef struct DxcCompiler DxcCompiler;
typedef struct {
    HRESULT(WINAPI *QueryInterface)(DxcCompiler *, REFIID, void **);
    ULONG(WINAPI *AddRef)(DxcCompiler *);
    ULONG(WINAPI *Release)(DxcCompiler *);
    HRESULT(WINAPI *Compile)(DxcCompiler *, const DxcBuffer *, const WCHAR **, UINT, void *, REFIID, void **);
} DxcCompilerVtbl;
struct DxcCompiler { const DxcCompilerVtbl *v; };
typedef HRESULT(WINAPI *DxcCreateInstanceFn)(const CLSID *, REFIID, void **);

static const GUID CLSID_Compiler = {0x73e22d93, 0xe6ce, 0x47f3, {0xb5, 0xbf, 0xf0, 0x66, 0x4f, 0x39, 0xc1, 0xb0}};
static const GUID IID_Compiler3 = {0x228b4687, 0x5a6a, 0x4730, {0x90, 0x0c, 0x97, 0x02, 0xb2, 0x20, 0x3f, 0x54}};
static const GUID IID_Result = {0x58346cda, 0xdde7, 0x4497, {0x94, 0x61, 0x6f, 0x87, 0xaf, 0x5e, 0x06, 0x59}};

static D3DCompileFn d3d_compile;
static DxcCompiler *dxc;

static void say(const char *path, Blob *messages) {
    fprintf(stderr, "%s: %.*s\n", path, messages ? (int)messages->v->GetBufferSize(messages) : 0,
            messages ? (char *)messages->v->GetBufferPointer(messages) : "");
}

// D3DCOMPILE_ENABLE_STRICTNESS, cs_5_1
static int fxc_file(const char *path, const char *entry, const char *text, size_t length) {
    Blob *code = NULL, *messages = NULL;
    HRESULT hr = d3d_compile(text, length, path, NULL, NULL, entry, "cs_5_1", 1 << 11, 0, &code, &messages);
    if (FAILED(hr)) say(path, messages);
    if (code) code->v->Release(code);
    if (messages) messages->v->Release(messages);
    return SUCCEEDED(hr);
}

static int dxc_file(const char *path, const char *entry, const char *text, size_t length) {
    WCHAR wide_entry[256];
    MultiByteToWideChar(CP_UTF8, 0, entry, -1, wide_entry, 256);
    // Texts with f16 lie in folders of the shader model that has it.
    int half = strstr(path, "hlsl-6.2") != NULL;
    const WCHAR *arguments[] = {L"-E", wide_entry, L"-T", half ? L"cs_6_2" : L"cs_6_0", L"-HV", L"2018", L"-no-warnings",
                                L"-Ges", L"-enable-16bit-types"};
    DxcBuffer source = {text, length, CP_UTF8};
    DxcResult *result = NULL;
    HRESULT hr = dxc->v->Compile(dxc, &source, arguments, half ? 9 : 8, NULL, &IID_Result, (void **)&result), status = E_FAIL;
    if (SUCCEEDED(hr)) hr = result->v->GetStatus(result, &status);
    Blob *code = NULL, *messages = NULL;
    int good = SUCCEEDED(hr) && SUCCEEDED(status);
    // A status alone proves little: there is code, and it is DXIL in its container.
    if (good) {
        good = SUCCEEDED(result->v->GetResult(result, &code)) && code && code->v->GetBufferSize(code) > 64 &&
               memcmp(code->v->GetBufferPointer(code), "DXBC", 4) == 0;
    }
    if (!good) {
        if (result) result->v->GetErrorBuffer(result, &messages);
        say(path, messages);
    }
    if (code) code->v->Release(code);
    if (messages) messages->v->Release(messages);
    if (result) result->v->Release(result);
    return good;
}

int main(int argc, char **argv) {
    int (*compile)(const char *, const char *, const char *, size_t) = NULL;
    if (argc == 3 && strcmp(argv[1], "fxc") == 0) {
        HMODULE library = LoadLibraryA(".\\d3dcompiler_47.dll");
        d3d_compile = library ? (D3DCompileFn)(void *)GetProcAddress(library, "D3DCompile") : NULL;
        if (d3d_compile) compile = fxc_file;
    } else if (argc == 3 && strcmp(argv[1], "dxc") == 0) {
        HMODULE library = LoadLibraryA(".\\dxcompiler.dll");
        DxcCreateInstanceFn create =
            library ? (DxcCreateInstanceFn)(void *)GetProcAddress(library, "DxcCreateInstance") : NULL;
        if (create && SUCCEEDED(create(&CLSID_Compiler, &IID_Compiler3, (void **)&dxc))) compile = dxc_file;
    }
    FILE *list = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (!compile || !list) {
        fprintf(stderr, "the compiler or the list cannot be opened (error %lu)\n", GetLastError());
        return 2;
    }
    int total = 0, good = 0;
    char line[1024];
    while (fgets(line, sizeof line, list)) {
        line[strcspn(line, "\r\n")] = 0;
        char *entry = strchr(line, '\t');
        if (!entry) continue;
        *entry++ = 0;
        total++;
        FILE *file = fopen(line, "rb");
        if (!file) {
            fprintf(stderr, "%s: cannot be read\n", line);
            continue;
        }
        fseek(file, 0, SEEK_END);
        long length = ftell(file);
        rewind(file);
        char *text = malloc(length + 1);
        int done = 0;
        ULONGLONG started = GetTickCount64();
        if (fread(text, 1, length, file) == (size_t)length) done = compile(line, entry, text, length);
        printf("%s: %s, %llu ms\n", line, done ? "compiled" : "REFUSED", GetTickCount64() - started);
        fflush(stdout);
        good += done;
        free(text);
        fclose(file);
    }
    printf("%d of %d compiled\n", good, total);
    return total > 0 && good == total ? 0 : 1;
}
