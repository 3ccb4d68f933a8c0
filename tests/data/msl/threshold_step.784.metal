// language: metal2.0
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size3;
    uint size4;
};

struct Step {
    float x0_from_x;
    float x0_from_out;
    float eps_from_x;
    float eps_from_out;
    float x0_scale;
    float eps_scale;
    float noise_scale;
    float history_scale;
    float eps_from_clipped_x;
    float eps_from_clipped_x0_;
    float clip_limit;
    uint rederive_epsilon;
    uint row;
    uint draw;
    float timestep;
    float alpha_bar;
    float one_minus_alpha_bar;
    uint threshold_rank;
    float threshold_fraction;
    float threshold_max;
    float threshold_scale;
    float inpaint_x0_scale;
    float inpaint_noise_scale;
    uint ring_slot;
    metal::packed_float3 ring_shares;
    float ring_x0_;
    float ring_eps;
    float ring_threshold;
    uint padding_0_;
    uint padding_1_;
};
struct Run {
    metal::uint2 key;
    metal::uint2 first_sample;
    uint count;
    float guidance;
    uint null_class;
    uint draw;
};
struct type_5 {
    metal::uint4 inner[224];
};
typedef metal::float4 type_7[1];
struct type_9 {
    metal::atomic_uint inner[32];
};
constant uint INT64_ = 0u;
constant uint NOISE = 1u;
constant uint WORKGROUP = 64u;
constant uint DIMS = 784u;
constant uint QUADS = 196u;
constant uint PASSES = 31u;
constant uint NOTHING = 4294967295u;

metal::uint2 global_sample(
    uint local_2,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local_2;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local_2) ? 1u : 0u));
}

void take_step(
    uint k
) {
    return;
}

metal::uint2 mul_wide(
    uint a,
    uint b
) {
    uint a_low = a & 65535u;
    uint a_high = a >> 16u;
    uint b_low = b & 65535u;
    uint b_high = b >> 16u;
    uint low_1 = a_low * b_low;
    uint middle = (a_high * b_low) + (low_1 >> 16u);
    uint cross = (a_low * b_high) + (middle & 65535u);
    return metal::uint2(a * b, ((a_high * b_high) + (middle >> 16u)) + (cross >> 16u));
}

metal::uint4 philox_round(
    metal::uint4 counter,
    metal::uint2 key
) {
    metal::uint2 _e4 = mul_wide(3528531795u, counter.x);
    metal::uint2 _e7 = mul_wide(3449720151u, counter.z);
    return metal::uint4((_e7.y ^ counter.y) ^ key.x, _e7.x, (_e4.y ^ counter.w) ^ key.y, _e4.x);
}

metal::uint4 philox4x32_10_(
    metal::uint4 counter_1,
    metal::uint2 key_1
) {
    metal::uint4 state = {};
    metal::uint2 increment = metal::uint2(2654435769u, 3144134277u);
    metal::uint4 _e5 = philox_round(counter_1, key_1);
    state = _e5;
    metal::uint4 _e7 = state;
    metal::uint4 _e9 = philox_round(_e7, key_1 + increment);
    state = _e9;
    metal::uint4 _e10 = state;
    metal::uint4 _e14 = philox_round(_e10, key_1 + (2u * increment));
    state = _e14;
    metal::uint4 _e15 = state;
    metal::uint4 _e19 = philox_round(_e15, key_1 + (3u * increment));
    state = _e19;
    metal::uint4 _e20 = state;
    metal::uint4 _e24 = philox_round(_e20, key_1 + (4u * increment));
    state = _e24;
    metal::uint4 _e25 = state;
    metal::uint4 _e29 = philox_round(_e25, key_1 + (5u * increment));
    state = _e29;
    metal::uint4 _e30 = state;
    metal::uint4 _e34 = philox_round(_e30, key_1 + (6u * increment));
    state = _e34;
    metal::uint4 _e35 = state;
    metal::uint4 _e39 = philox_round(_e35, key_1 + (7u * increment));
    state = _e39;
    metal::uint4 _e40 = state;
    metal::uint4 _e44 = philox_round(_e40, key_1 + (8u * increment));
    state = _e44;
    metal::uint4 _e45 = state;
    metal::uint4 _e49 = philox_round(_e45, key_1 + (9u * increment));
    return _e49;
}

metal::uint2 normal_row(
    uint segment,
    constant type_5& normal_table
) {
    uint vector = segment >> 1u;
    uint component = (segment & 1u) * 2u;
    uint _e10 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component), 3u)];
    uint _e16 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component + 1u), 3u)];
    return metal::uint2(_e10, _e16);
}

int naga_neg(int val) {
    return as_type<int>(-as_type<uint>(val));
}

float normal_from_word(
    uint word,
    constant type_5& normal_table
) {
    uint position = word >> 1u;
    uint shift = metal::min(metal::clz(position), 27u);
    uint normalized = position << shift;
    metal::uint2 _e14 = normal_row(((normalized >> 27u) + 432u) - (16u * shift), normal_table);
    uint t = (normalized >> 11u) & 65535u;
    uint linear = (_e14.y >> 16u) * t;
    uint quadratic = (_e14.y & 65535u) * ((t * t) >> 16u);
    int magnitude = static_cast<int>(((_e14.x + (quadratic >> 13u)) - (linear >> 7u)) >> 9u);
    return static_cast<float>(((word & 1u) != 0u) ? naga_neg(magnitude) : magnitude) * 0.0000009536743;
}

metal::float4 normals4_(
    metal::uint2 key_2,
    metal::uint2 sample,
    uint draw,
    uint quad_2,
    constant type_5& normal_table
) {
    metal::uint4 _e5 = philox4x32_10_(metal::uint4(quad_2, sample, draw), key_2);
    float _e7 = normal_from_word(_e5.x, normal_table);
    float _e9 = normal_from_word(_e5.y, normal_table);
    float _e11 = normal_from_word(_e5.z, normal_table);
    float _e13 = normal_from_word(_e5.w, normal_table);
    return metal::float4(_e7, _e9, _e11, _e13);
}

metal::float4 load_state(
    uint sample_1,
    uint quad_3,
    device type_7 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e7 = state_1[metal::min(unsigned((sample_1 * QUADS) + quad_3), (_buffer_sizes.size3 - 0 - 16) / 16)];
    return _e7;
}

void store_state(
    uint sample_2,
    uint quad_4,
    metal::float4 value,
    device type_7& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    state_1[metal::min(unsigned((sample_2 * QUADS) + quad_4), (_buffer_sizes.size3 - 0 - 16) / 16)] = value;
    return;
}

metal::float4 load_x0_(
    uint sample_3,
    uint quad_5,
    device type_7 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e7 = x0_[metal::min(unsigned((sample_3 * QUADS) + quad_5), (_buffer_sizes.size4 - 0 - 16) / 16)];
    return _e7;
}

void store_x0_(
    uint sample_4,
    uint quad_6,
    metal::float4 value_1,
    device type_7& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    x0_[metal::min(unsigned((sample_4 * QUADS) + quad_6), (_buffer_sizes.size4 - 0 - 16) / 16)] = value_1;
    return;
}

metal::uint4 magnitudes(
    uint sample_5,
    uint quad_7,
    device type_7 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e2 = load_x0_(sample_5, quad_7, x0_, _buffer_sizes);
    metal::uint4 bits = as_type<metal::uint4>(_e2) & metal::uint4(2147483647u);
    metal::uint4 elements = metal::uint4(quad_7 * 4u) + metal::uint4(0u, 1u, 2u, 3u);
    return metal::select(metal::uint4(4294967295u), bits, elements < metal::uint4(784u));
}

uint count_up_to(
    uint sample_6,
    uint first,
    uint limit,
    device type_7 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint count = 0u;
    uint quad_8 = {};
    quad_8 = first;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e27 = quad_8;
            quad_8 = _e27 + WORKGROUP;
        }
        loop_init = false;
        uint _e6 = quad_8;
        if (_e6 < QUADS) {
        } else {
            break;
        }
        {
            uint _e13 = quad_8;
            metal::uint4 _e14 = magnitudes(sample_6, _e13, x0_, _buffer_sizes);
            metal::uint4 inside = metal::select(metal::uint4(0u), metal::uint4(1u), _e14 <= metal::uint4(limit));
            uint _e18 = count;
            count = _e18 + (((inside.x + inside.y) + inside.z) + inside.w);
        }
    }
    uint _e30 = count;
    return _e30;
}
uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}


struct threshold_stepInput {
};
kernel void threshold_step(
  uint local [[thread_index_in_threadgroup]]
, metal::uint3 group [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, device type_7& state_1 [[buffer(2)]]
, device type_7& x0_ [[buffer(3)]]
, threadgroup type_9& counts
, threadgroup metal::atomic_uint& next_above
, constant _mslBufferSizes& _buffer_sizes [[buffer(5)]]
) {
    uint low = 0u;
    uint high = 2147483647u;
    uint i = 0u;
    uint above = NOTHING;
    uint quad_ = {};
    uint next = {};
    bool local_1 = {};
    uint quad_1 = {};
    uint sample_7 = group.x + (group.y * groups.x);
    uint _e10 = run.count;
    if (sample_7 >= _e10) {
        return;
    }
    if (local <= PASSES) {
        metal::atomic_store_explicit(&counts.inner[metal::min(unsigned(local), 31u)], 0u, metal::memory_order_relaxed);
    }
    if (local == 0u) {
        metal::atomic_store_explicit(&next_above, NOTHING, metal::memory_order_relaxed);
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e51 = i;
            i = _e51 + 1u;
        }
        loop_init_1 = false;
        uint _e27 = i;
        if (_e27 < PASSES) {
        } else {
            break;
        }
        {
            uint _e30 = low;
            uint _e31 = high;
            uint middle_1 = naga_div(_e30 + _e31, 2u);
            uint _e36 = i;
            uint _e38 = count_up_to(sample_7, local, middle_1, x0_, _buffer_sizes);
            uint _e39 = metal::atomic_fetch_add_explicit(&counts.inner[metal::min(unsigned(_e36), 31u)], _e38, metal::memory_order_relaxed);
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            uint _e41 = i;
            uint _e43 = metal::atomic_load_explicit(&counts.inner[metal::min(unsigned(_e41), 31u)], metal::memory_order_relaxed);
            uint _e46 = step.threshold_rank;
            if (_e43 > _e46) {
                high = middle_1;
            } else {
                low = middle_1 + 1u;
            }
        }
    }
    uint _e55 = high;
    uint _e56 = count_up_to(sample_7, local, _e55, x0_, _buffer_sizes);
    uint _e57 = metal::atomic_fetch_add_explicit(&counts.inner[31], _e56, metal::memory_order_relaxed);
    quad_ = local;
    uint2 loop_bound_2 = uint2(4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (metal::all(loop_bound_2 == uint2(0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e81 = quad_;
            quad_ = _e81 + WORKGROUP;
        }
        loop_init_2 = false;
        uint _e61 = quad_;
        if (_e61 < QUADS) {
        } else {
            break;
        }
        {
            uint _e64 = quad_;
            metal::uint4 _e65 = magnitudes(sample_7, _e64, x0_, _buffer_sizes);
            uint _e68 = high;
            metal::uint4 larger = metal::select(metal::uint4(4294967295u), _e65, _e65 > metal::uint4(_e68));
            uint _e72 = above;
            above = metal::min(_e72, metal::min(metal::min(larger.x, larger.y), metal::min(larger.z, larger.w)));
        }
    }
    uint _e85 = above;
    uint _e86 = metal::atomic_fetch_min_explicit(&next_above, _e85, metal::memory_order_relaxed);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint _e87 = high;
    next = _e87;
    float _e91 = step.threshold_fraction;
    if (_e91 > 0.0) {
        uint _e98 = metal::atomic_load_explicit(&counts.inner[31], metal::memory_order_relaxed);
        uint _e101 = step.threshold_rank;
        local_1 = _e98 < (_e101 + 2u);
    } else {
        local_1 = false;
    }
    bool _e106 = local_1;
    if (_e106) {
        uint _e108 = metal::atomic_load_explicit(&next_above, metal::memory_order_relaxed);
        next = _e108;
    }
    uint _e109 = high;
    float below = as_type<float>(_e109);
    uint _e111 = next;
    float _e116 = step.threshold_fraction;
    float quantile = below + ((as_type<float>(_e111) - below) * _e116);
    float _e125 = step.threshold_max;
    float limit_1 = metal::min((quantile > 1.0) ? quantile : 1.0, _e125);
    quad_1 = local;
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e148 = quad_1;
            quad_1 = _e148 + WORKGROUP;
        }
        loop_init_3 = false;
        uint _e128 = quad_1;
        if (_e128 < QUADS) {
        } else {
            break;
        }
        {
            uint _e131 = quad_1;
            metal::float4 _e132 = load_x0_(sample_7, _e131, x0_, _buffer_sizes);
            metal::float4 x0_1 = metal::clamp(_e132, metal::float4(-(limit_1)), metal::float4(limit_1)) / metal::float4(limit_1);
            uint _e139 = quad_1;
            store_x0_(sample_7, _e139, x0_1, x0_, _buffer_sizes);
            uint _e140 = quad_1;
            uint _e141 = quad_1;
            metal::float4 _e142 = load_state(sample_7, _e141, state_1, _buffer_sizes);
            float _e145 = step.threshold_scale;
            store_state(sample_7, _e140, _e142 + (_e145 * x0_1), state_1, _buffer_sizes);
        }
    }
    return;
}
