//! A Vulkan layer that makes calls fail, for `scripts/faults.sh`. `rustc --crate-type cdylib`.
//!
//! `DDIM_FAULT=FUNCTION:N:RESULT` makes the N-th call of a function, counted from 1, return a
//! result without reaching the driver. `FUNCTION:N:RESULT+` does so with that call and all later ones,
//! and where the result is a lost device with all later calls of every function that tells of one.
//! `FUNCTION:N:hang` makes that call and all later ones hang: submissions succeed without reaching it,
//! so that they never end, and waits run out of time. `DDIM_FAULT_LOG=FILE` receives a line with the
//! function's name for each call that could be made to fail.
//!
//! The loader's interface is that of `vk_layer.h`, version 2. Functions are passed on as six
//! machine words: every function here has at most that many arguments, all integers or pointers.

use std::ffi::{CStr, c_char, c_void};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::mem::transmute;
use std::ptr::null;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::SeqCst};

type Word = usize;
type Function = unsafe extern "system" fn(Word, Word, Word, Word, Word, Word) -> i32;
type GetProcAddr = unsafe extern "system" fn(Word, *const c_char) -> *const c_void;

/// What `DDIM_FAULT` asks for.
struct Fault {
    function: String,
    call: u32,
    answer: Answer,
}

/// What a call comes to.
#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Once(i32),
    /// Later ones too.
    Always(i32),
    Hang,
}

impl Answer {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('+') {
            _ if text == "hang" => Some(Self::Hang),
            Some(result) => result.parse().ok().map(Self::Always),
            None => text.parse().ok().map(Self::Once),
        }
    }
}

const LOST: i32 = -4;

/// Functions that say that the device is lost, of those below.
const TELL_OF_LOSS: [&str; 9] = [
    "vkQueueSubmit",
    "vkQueueWaitIdle",
    "vkDeviceWaitIdle",
    "vkWaitForFences",
    "vkGetFenceStatus",
    "vkWaitSemaphores",
    "vkWaitSemaphoresKHR",
    "vkGetSemaphoreCounterValue",
    "vkGetSemaphoreCounterValueKHR",
];

/// Whether the fault's call was made.
static HAPPENED: AtomicBool = AtomicBool::new(false);

fn fault() -> Option<&'static Fault> {
    static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
    let parse = || {
        let text = std::env::var("DDIM_FAULT").ok()?;
        let mut parts = text.split(':');
        Some(Fault {
            function: parts.next()?.to_owned(),
            call: parts.next()?.parse().ok()?,
            answer: Answer::parse(parts.next()?)?,
        })
    };
    FAULT.get_or_init(parse).as_ref()
}

fn log(name: &str) {
    static LOG: OnceLock<Option<File>> = OnceLock::new();
    let open = || {
        let path = std::env::var_os("DDIM_FAULT_LOG")?;
        OpenOptions::new().append(true).create(true).open(path).ok()
    };
    if let Some(mut file) = LOG.get_or_init(open).as_ref() {
        let _ = file.write_all(format!("{name}\n").as_bytes());
    }
}

/// A function that can be made to fail.
struct Hook {
    name: &'static str,
    calls: AtomicU32,
    /// The function of the next layer, or of the driver.
    next: AtomicPtr<c_void>,
}

impl Hook {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            calls: AtomicU32::new(0),
            next: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// What the call returns in place of the driver's answer, if it does.
    fn injected(&self) -> Option<i32> {
        log(self.name);
        let call = self.calls.fetch_add(1, SeqCst) + 1;
        let fault = fault()?;
        if fault.function != self.name {
            let lost = fault.answer == Answer::Always(LOST) && HAPPENED.load(SeqCst);
            return (lost && TELL_OF_LOSS.contains(&self.name)).then_some(LOST);
        }
        if call == fault.call {
            HAPPENED.store(true, SeqCst);
        }
        match fault.answer {
            Answer::Once(result) => (call == fault.call).then_some(result),
            Answer::Always(result) => (call >= fault.call).then_some(result),
            Answer::Hang => (call >= fault.call).then(|| self.hangs()),
        }
    }

    /// What a call that hangs returns. One that waits takes a moment, as the driver would.
    fn hangs(&self) -> i32 {
        const NOT_READY: i32 = 1;
        const TIMEOUT: i32 = 2;
        match self.name {
            "vkGetFenceStatus" => NOT_READY,
            name if name.starts_with("vkWait") => {
                std::thread::sleep(std::time::Duration::from_millis(10));
                TIMEOUT
            }
            _ => 0,
        }
    }

    unsafe fn call(&self, words: [Word; 6]) -> i32 {
        if let Some(result) = self.injected() {
            return result;
        }
        // SAFETY: the loader or the driver gave it for this name.
        let next: Function = unsafe { transmute(self.next.load(SeqCst)) };
        let [a, b, c, d, e, f] = words;
        unsafe { next(a, b, c, d, e, f) }
    }
}

macro_rules! hooks {
    ($($index:literal $name:literal $function:ident,)+) => {
        static HOOKS: [Hook; [$($index),+].len()] = [$(Hook::new($name)),+];
        static FUNCTIONS: [Function; HOOKS.len()] = [$($function),+];
        $(unsafe extern "system" fn $function(
            a: Word, b: Word, c: Word, d: Word, e: Word, f: Word,
        ) -> i32 {
            unsafe { HOOKS[$index].call([a, b, c, d, e, f]) }
        })+
    };
}

hooks! {
    0 "vkEnumeratePhysicalDevices" enumerate_physical_devices,
    1 "vkEnumerateDeviceExtensionProperties" enumerate_device_extension_properties,
    2 "vkAllocateMemory" allocate_memory,
    3 "vkBindBufferMemory" bind_buffer_memory,
    4 "vkBindImageMemory" bind_image_memory,
    5 "vkMapMemory" map_memory,
    6 "vkFlushMappedMemoryRanges" flush_mapped_memory_ranges,
    7 "vkInvalidateMappedMemoryRanges" invalidate_mapped_memory_ranges,
    8 "vkCreateBuffer" create_buffer,
    9 "vkCreateImage" create_image,
    10 "vkCreateImageView" create_image_view,
    11 "vkCreateShaderModule" create_shader_module,
    12 "vkCreatePipelineLayout" create_pipeline_layout,
    13 "vkCreateComputePipelines" create_compute_pipelines,
    14 "vkCreateDescriptorSetLayout" create_descriptor_set_layout,
    15 "vkCreateDescriptorPool" create_descriptor_pool,
    16 "vkAllocateDescriptorSets" allocate_descriptor_sets,
    17 "vkCreateCommandPool" create_command_pool,
    18 "vkAllocateCommandBuffers" allocate_command_buffers,
    19 "vkBeginCommandBuffer" begin_command_buffer,
    20 "vkEndCommandBuffer" end_command_buffer,
    21 "vkResetCommandPool" reset_command_pool,
    22 "vkQueueSubmit" queue_submit,
    23 "vkCreateFence" create_fence,
    24 "vkWaitForFences" wait_for_fences,
    25 "vkResetFences" reset_fences,
    26 "vkGetFenceStatus" get_fence_status,
    27 "vkCreateSemaphore" create_semaphore,
    28 "vkWaitSemaphores" wait_semaphores,
    29 "vkWaitSemaphoresKHR" wait_semaphores_khr,
    30 "vkGetSemaphoreCounterValue" get_semaphore_counter_value,
    31 "vkGetSemaphoreCounterValueKHR" get_semaphore_counter_value_khr,
    32 "vkCreateQueryPool" create_query_pool,
    33 "vkCreateSampler" create_sampler,
    34 "vkCreatePipelineCache" create_pipeline_cache,
    35 "vkDeviceWaitIdle" device_wait_idle,
    36 "vkQueueWaitIdle" queue_wait_idle,
}

static CREATE_INSTANCE: Hook = Hook::new("vkCreateInstance");
static CREATE_DEVICE: Hook = Hook::new("vkCreateDevice");
static NEXT_INSTANCE: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
static NEXT_DEVICE: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// `VkLayerInstanceCreateInfo` and `VkLayerDeviceCreateInfo`, as far as they agree.
#[repr(C)]
struct LayerCreateInfo {
    kind: u32,
    next: *mut LayerCreateInfo,
    function: u32,
    link: *mut LayerLink,
}

/// `VkLayerInstanceLink` and `VkLayerDeviceLink`; only the latter has the third.
#[repr(C)]
struct LayerLink {
    next: *mut LayerLink,
    get_instance_proc_addr: GetProcAddr,
    get_device_proc_addr: GetProcAddr,
}

const LOADER_INSTANCE_CREATE_INFO: u32 = 47;
const LOADER_DEVICE_CREATE_INFO: u32 = 48;

/// Takes this layer's link out of a chain of `Vk…CreateInfo`, so that the next layer finds its own.
unsafe fn take_link(create_info: Word, kind: u32) -> *const LayerLink {
    let mut info = unsafe { (*(create_info as *const LayerCreateInfo)).next };
    while !info.is_null() {
        let found = unsafe { &mut *info };
        // 0: VK_LAYER_LINK_INFO.
        if found.kind == kind && found.function == 0 {
            let link = found.link;
            found.link = unsafe { (*link).next };
            return link;
        }
        info = found.next;
    }
    null()
}

unsafe extern "system" fn create_instance(
    info: Word, allocator: Word, instance: Word, _: Word, _: Word, _: Word,
) -> i32 {
    if let Some(result) = CREATE_INSTANCE.injected() {
        return result;
    }
    unsafe {
        let link = take_link(info, LOADER_INSTANCE_CREATE_INFO);
        let next = (*link).get_instance_proc_addr;
        NEXT_INSTANCE.store(next as *mut c_void, SeqCst);
        let create: Function = transmute(next(0, c"vkCreateInstance".as_ptr()));
        create(info, allocator, instance, 0, 0, 0)
    }
}

unsafe extern "system" fn create_device(
    physical: Word, info: Word, allocator: Word, device: Word, _: Word, _: Word,
) -> i32 {
    if let Some(result) = CREATE_DEVICE.injected() {
        return result;
    }
    unsafe {
        let link = take_link(info, LOADER_DEVICE_CREATE_INFO);
        let instance: GetProcAddr = (*link).get_instance_proc_addr;
        NEXT_DEVICE.store((*link).get_device_proc_addr as *mut c_void, SeqCst);
        let create: Function = transmute(instance(0, c"vkCreateDevice".as_ptr()));
        create(physical, info, allocator, device, 0, 0)
    }
}

/// Our function of that name, where the next layer has one too.
unsafe fn hooked(object: Word, name: *const c_char, next: &AtomicPtr<c_void>) -> *const c_void {
    let get: GetProcAddr = unsafe { transmute(next.load(SeqCst)) };
    let found = unsafe { get(object, name) };
    let text = unsafe { CStr::from_ptr(name) }.to_bytes();
    let hook = HOOKS.iter().position(|hook| hook.name.as_bytes() == text);
    match hook {
        Some(index) if !found.is_null() => {
            HOOKS[index].next.store(found.cast_mut(), SeqCst);
            FUNCTIONS[index] as *const c_void
        }
        _ => found,
    }
}

unsafe extern "system" fn get_instance_proc_addr(
    instance: Word, name: *const c_char,
) -> *const c_void {
    let text = unsafe { CStr::from_ptr(name) }.to_bytes();
    match text {
        b"vkGetInstanceProcAddr" => get_instance_proc_addr as *const c_void,
        b"vkGetDeviceProcAddr" => get_device_proc_addr as *const c_void,
        b"vkCreateInstance" => create_instance as *const c_void,
        b"vkCreateDevice" => create_device as *const c_void,
        _ if NEXT_INSTANCE.load(SeqCst).is_null() => null(),
        _ => unsafe { hooked(instance, name, &NEXT_INSTANCE) },
    }
}

unsafe extern "system" fn get_device_proc_addr(device: Word, name: *const c_char) -> *const c_void {
    let text = unsafe { CStr::from_ptr(name) }.to_bytes();
    match text {
        b"vkGetDeviceProcAddr" => get_device_proc_addr as *const c_void,
        _ => unsafe { hooked(device, name, &NEXT_DEVICE) },
    }
}

/// `VkNegotiateLayerInterface`.
#[repr(C)]
pub struct Negotiation {
    kind: u32,
    next: *const c_void,
    version: u32,
    get_instance_proc_addr: Option<GetProcAddr>,
    get_device_proc_addr: Option<GetProcAddr>,
    get_physical_device_proc_addr: Option<GetProcAddr>,
}

/// What the loader calls first.
///
/// # Safety
/// `negotiation` is the loader's.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkNegotiateLoaderLayerInterfaceVersion(
    negotiation: *mut Negotiation,
) -> i32 {
    let negotiation = unsafe { &mut *negotiation };
    negotiation.version = negotiation.version.min(2);
    negotiation.get_instance_proc_addr = Some(get_instance_proc_addr);
    negotiation.get_device_proc_addr = Some(get_device_proc_addr);
    negotiation.get_physical_device_proc_addr = None;
    0
}
