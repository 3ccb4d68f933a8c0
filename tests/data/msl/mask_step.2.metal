// language: metal2.0
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size3;
    uint size4;
    uint size5;
    uint size6;
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
typedef float type_7[1];
constant uint INT64_ = 0u;
constant uint NOISE = 1u;
constant uint WORKGROUP = 64u;
constant uint DIMS = 2u;
constant uint QUADS = 1u;

metal::uint2 global_sample(
    uint local,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local) ? 1u : 0u));
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
    uint low = a_low * b_low;
    uint middle = (a_high * b_low) + (low >> 16u);
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
    uint quad_,
    constant type_5& normal_table
) {
    metal::uint4 _e5 = philox4x32_10_(metal::uint4(quad_, sample, draw), key_2);
    float _e7 = normal_from_word(_e5.x, normal_table);
    float _e9 = normal_from_word(_e5.y, normal_table);
    float _e11 = normal_from_word(_e5.z, normal_table);
    float _e13 = normal_from_word(_e5.w, normal_table);
    return metal::float4(_e7, _e9, _e11, _e13);
}

metal::bool4 is_element(
    uint quad_1
) {
    return (metal::uint4(quad_1 * 4u) + metal::uint4(0u, 1u, 2u, 3u)) < metal::uint4(2u);
}

metal::uint4 element(
    uint sample_1,
    uint quad_2
) {
    metal::uint4 in_sample = metal::uint4(quad_2 * 4u) + metal::uint4(0u, 1u, 2u, 3u);
    return metal::uint4(sample_1 * DIMS) + metal::min(in_sample, metal::uint4(1u));
}

metal::float4 load_state(
    uint sample_2,
    uint quad_3,
    device type_7 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint4 _e2 = element(sample_2, quad_3);
    float _e6 = state_1[metal::min(unsigned(_e2.x), (_buffer_sizes.size3 - 0 - 4) / 4)];
    float _e10 = state_1[metal::min(unsigned(_e2.y), (_buffer_sizes.size3 - 0 - 4) / 4)];
    float _e14 = state_1[metal::min(unsigned(_e2.z), (_buffer_sizes.size3 - 0 - 4) / 4)];
    float _e18 = state_1[metal::min(unsigned(_e2.w), (_buffer_sizes.size3 - 0 - 4) / 4)];
    metal::float4 value_2 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_3);
    return metal::select(metal::float4(0.0), value_2, _e22);
}

void store_state(
    uint sample_3,
    uint quad_4,
    metal::float4 value,
    device type_7& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i = 0u;
    uint first = quad_4 * 4u;
    uint at = (sample_3 * DIMS) + first;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e23 = i;
            i = _e23 + 1u;
        }
        loop_init = false;
        uint _e10 = i;
        if (_e10 < metal::min(4u, DIMS - first)) {
        } else {
            break;
        }
        {
            uint _e17 = i;
            uint _e20 = i;
            state_1[metal::min(unsigned(at + _e17), (_buffer_sizes.size3 - 0 - 4) / 4)] = value[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

metal::float4 load_x0_(
    uint sample_4,
    uint quad_5,
    device type_7 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint4 _e2 = element(sample_4, quad_5);
    float _e6 = x0_[metal::min(unsigned(_e2.x), (_buffer_sizes.size4 - 0 - 4) / 4)];
    float _e10 = x0_[metal::min(unsigned(_e2.y), (_buffer_sizes.size4 - 0 - 4) / 4)];
    float _e14 = x0_[metal::min(unsigned(_e2.z), (_buffer_sizes.size4 - 0 - 4) / 4)];
    float _e18 = x0_[metal::min(unsigned(_e2.w), (_buffer_sizes.size4 - 0 - 4) / 4)];
    metal::float4 value_3 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_5);
    return metal::select(metal::float4(0.0), value_3, _e22);
}

void store_x0_(
    uint sample_5,
    uint quad_6,
    metal::float4 value_1,
    device type_7& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_1 = 0u;
    uint first_1 = quad_6 * 4u;
    uint at_1 = (sample_5 * DIMS) + first_1;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e23 = i_1;
            i_1 = _e23 + 1u;
        }
        loop_init_1 = false;
        uint _e10 = i_1;
        if (_e10 < metal::min(4u, DIMS - first_1)) {
        } else {
            break;
        }
        {
            uint _e17 = i_1;
            uint _e20 = i_1;
            x0_[metal::min(unsigned(at_1 + _e17), (_buffer_sizes.size4 - 0 - 4) / 4)] = value_1[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

metal::float4 load_known(
    uint sample_6,
    uint quad_7,
    device type_7 const& known_values,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint4 _e2 = element(sample_6, quad_7);
    float _e6 = known_values[metal::min(unsigned(_e2.x), (_buffer_sizes.size5 - 0 - 4) / 4)];
    float _e10 = known_values[metal::min(unsigned(_e2.y), (_buffer_sizes.size5 - 0 - 4) / 4)];
    float _e14 = known_values[metal::min(unsigned(_e2.z), (_buffer_sizes.size5 - 0 - 4) / 4)];
    float _e18 = known_values[metal::min(unsigned(_e2.w), (_buffer_sizes.size5 - 0 - 4) / 4)];
    metal::float4 value_4 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_7);
    return metal::select(metal::float4(0.0), value_4, _e22);
}

metal::float4 load_mask(
    uint sample_7,
    uint quad_8,
    device type_7 const& mask_values,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint4 _e2 = element(sample_7, quad_8);
    float _e6 = mask_values[metal::min(unsigned(_e2.x), (_buffer_sizes.size6 - 0 - 4) / 4)];
    float _e10 = mask_values[metal::min(unsigned(_e2.y), (_buffer_sizes.size6 - 0 - 4) / 4)];
    float _e14 = mask_values[metal::min(unsigned(_e2.z), (_buffer_sizes.size6 - 0 - 4) / 4)];
    float _e18 = mask_values[metal::min(unsigned(_e2.w), (_buffer_sizes.size6 - 0 - 4) / 4)];
    metal::float4 value_5 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_8);
    return metal::select(metal::float4(0.0), value_5, _e22);
}
uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}


struct mask_stepInput {
};
kernel void mask_step(
  metal::uint3 id [[thread_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_5& normal_table [[buffer(4)]]
, device type_7& state_1 [[buffer(2)]]
, device type_7 const& known_values [[buffer(5)]]
, device type_7 const& mask_values [[buffer(6)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(7)]]
) {
    metal::float4 kept = {};
    uint index = id.x + ((id.y * groups.x) * WORKGROUP);
    uint sample_8 = naga_div(index, QUADS);
    uint _e13 = run.count;
    if (sample_8 >= _e13) {
        return;
    }
    uint quad_9 = naga_mod(index, QUADS);
    float _e19 = step.inpaint_x0_scale;
    metal::float4 _e20 = load_known(sample_8, quad_9, known_values, _buffer_sizes);
    kept = _e19 * _e20;
    float _e25 = step.inpaint_noise_scale;
    if (_e25 != 0.0) {
        metal::float4 _e28 = kept;
        float _e31 = step.inpaint_noise_scale;
        metal::uint2 _e34 = run.key;
        metal::uint2 _e35 = global_sample(sample_8, run);
        uint _e38 = run.draw;
        metal::float4 _e39 = normals4_(_e34, _e35, _e38, quad_9, normal_table);
        kept = _e28 + (_e31 * _e39);
    }
    metal::float4 _e42 = load_mask(sample_8, quad_9, mask_values, _buffer_sizes);
    metal::float4 _e43 = load_state(sample_8, quad_9, state_1, _buffer_sizes);
    metal::float4 _e48 = kept;
    store_state(sample_8, quad_9, (_e42 * _e43) + ((metal::float4(1.0) - _e42) * _e48), state_1, _buffer_sizes);
    return;
}
