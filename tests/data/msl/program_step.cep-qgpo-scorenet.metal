// language: metal2.0
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size3;
    uint size4;
    uint size5;
    uint size6;
    uint size7;
    uint size8;
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
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
typedef metal::float4 Stored;
typedef Stored type_10[1];
typedef uint type_11[1];
typedef metal::float4 Values;
struct type_12 {
    Values inner[873];
};
constant uint WORKGROUP = 96u;
constant uint PARTS = 1u;
constant uint ROW_GROUPS = 3u;
constant uint COLUMN_GROUPS = 32u;
constant uint OWN = 1u;
constant uint LANES = 1u;
constant uint UNROLL = 4u;
constant uint INT64_ = 0u;
constant uint NOISE = 1u;
constant uint STEPS = 1u;
constant uint DIMS = 3u;
constant uint QUADS = 1u;
constant uint HALF = 0u;
constant uint SAMPLES = 4u;
constant uint COLUMNS = 291u;
constant uint GUIDED = 0u;
constant uint RESULT_AT = 3u;
constant uint MIXED_AT = 291u;
constant uint OPS_AT = 6u;
constant uint OPS_END = 462u;
constant uint STEP_AT = 462u;
constant uint STEP_LEN = 483u;
constant uint SAMPLE_LEN = 16u;
constant uint OP_KIND = 0u;
constant uint OP_SIZE = 1u;
constant uint OP_OUT = 2u;
constant uint OP_WIDTH = 3u;
constant uint SLICE = 3u;
constant uint BLOCK_QUADS = 1u;

metal::uint2 global_sample(
    uint local_1,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local_1;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local_1) ? 1u : 0u));
}

void take_step(
    uint k_1
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
    return (metal::uint4(quad_1 * 4u) + metal::uint4(0u, 1u, 2u, 3u)) < metal::uint4(3u);
}

metal::uint4 element(
    uint sample_1,
    uint quad_2
) {
    metal::uint4 in_sample = metal::uint4(quad_2 * 4u) + metal::uint4(0u, 1u, 2u, 3u);
    return metal::uint4(sample_1 * DIMS) + metal::min(in_sample, metal::uint4(2u));
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
    metal::float4 value_3 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_3);
    return metal::select(metal::float4(0.0), value_3, _e22);
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
    uint at_1 = (sample_3 * DIMS) + first;
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
            state_1[metal::min(unsigned(at_1 + _e17), (_buffer_sizes.size3 - 0 - 4) / 4)] = value[metal::min(unsigned(_e20), 3u)];
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
    metal::float4 value_4 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_5);
    return metal::select(metal::float4(0.0), value_4, _e22);
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
    uint at_2 = (sample_5 * DIMS) + first_1;
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
            x0_[metal::min(unsigned(at_2 + _e17), (_buffer_sizes.size4 - 0 - 4) / 4)] = value_1[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

Updated update(
    metal::float4 x,
    metal::float4 out,
    metal::float4 history,
    metal::float4 noise,
    constant Step& step
) {
    metal::float4 eps = {};
    float _e6 = step.clip_limit;
    metal::float4 limit = metal::float4(_e6);
    float _e10 = step.x0_from_x;
    float _e14 = step.x0_from_out;
    metal::float4 x0_1 = metal::clamp((_e10 * x) + (_e14 * out), -(limit), limit);
    float _e21 = step.eps_from_x;
    float _e25 = step.eps_from_out;
    eps = (_e21 * x) + (_e25 * out);
    uint _e31 = step.rederive_epsilon;
    if (_e31 == 1u) {
        float _e36 = step.eps_from_clipped_x;
        float _e40 = step.eps_from_clipped_x0_;
        eps = (_e36 * x) + (_e40 * x0_1);
    }
    float _e45 = step.x0_scale;
    float _e49 = step.eps_scale;
    metal::float4 _e50 = eps;
    metal::float4 mean_1 = (_e45 * x0_1) + (_e49 * _e50);
    float _e55 = step.noise_scale;
    float _e60 = step.history_scale;
    metal::float4 state_2 = (mean_1 + (_e55 * noise)) + (_e60 * history);
    return Updated {state_2, x0_1};
}

void update_quad(
    uint sample_6,
    uint quad_7,
    metal::float4 out_1,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 noise_1 = metal::float4(0.0);
    bool local_2 = {};
    metal::float4 history_1 = metal::float4(0.0);
    metal::float4 _e3 = load_state(sample_6, quad_7, state_1, _buffer_sizes);
    if (true) {
        float _e12 = step.noise_scale;
        local_2 = _e12 != 0.0;
    } else {
        local_2 = false;
    }
    bool _e16 = local_2;
    if (_e16) {
        metal::uint2 _e19 = run.key;
        metal::uint2 _e20 = global_sample(sample_6, run);
        uint _e23 = step.draw;
        metal::float4 _e24 = normals4_(_e19, _e20, _e23, quad_7, normal_table);
        noise_1 = _e24;
    }
    float _e30 = step.history_scale;
    if (_e30 != 0.0) {
        metal::float4 _e33 = load_x0_(sample_6, quad_7, x0_, _buffer_sizes);
        history_1 = _e33;
    }
    metal::float4 _e34 = history_1;
    metal::float4 _e35 = noise_1;
    Updated _e36 = update(_e3, out_1, _e34, _e35, step);
    store_state(sample_6, quad_7, _e36.state, state_1, _buffer_sizes);
    store_x0_(sample_6, quad_7, _e36.x0_, x0_, _buffer_sizes);
    return;
}

uint lane(
) {
    return 0u;
}

metal::float4 from_lane_0_(
    metal::float4 own
) {
    return own;
}

metal::float4 widen(
    Stored v
) {
    return v;
}

Stored narrow(
    metal::float4 v_1
) {
    return v_1;
}

float number(
    uint at,
    device type_11 const& program,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e3 = program[metal::min(unsigned(at), (_buffer_sizes.size6 - 0 - 4) / 4)];
    return as_type<float>(_e3);
}

float component_of(
    Values values,
    uint i_2
) {
    return values[metal::min(unsigned(i_2), 3u)];
}

uint present(
    uint i_3,
    constant Run& run,
    thread uint& first_sample
) {
    uint _e2 = first_sample;
    uint _e6 = run.count;
    return metal::min(_e2 + i_3, _e6 - 1u);
}

void find_samples(
    uint pass_index,
    constant Run& run,
    device type_11 const& sample_rows,
    thread uint& first_sample,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e4 = present(0u, run, first_sample);
    uint _e6 = sample_rows[metal::min(unsigned(_e4), (_buffer_sizes.size8 - 0 - 4) / 4)];
    sample_at_0_ = ((pass_index == 1u) ? 0u : _e6) * SAMPLE_LEN;
    uint _e16 = present(1u, run, first_sample);
    uint _e18 = sample_rows[metal::min(unsigned(_e16), (_buffer_sizes.size8 - 0 - 4) / 4)];
    sample_at_1_ = ((pass_index == 1u) ? 0u : _e18) * SAMPLE_LEN;
    uint _e28 = present(2u, run, first_sample);
    uint _e30 = sample_rows[metal::min(unsigned(_e28), (_buffer_sizes.size8 - 0 - 4) / 4)];
    sample_at_2_ = ((pass_index == 1u) ? 0u : _e30) * SAMPLE_LEN;
    uint _e40 = present(3u, run, first_sample);
    uint _e42 = sample_rows[metal::min(unsigned(_e40), (_buffer_sizes.size8 - 0 - 4) / 4)];
    sample_at_3_ = ((pass_index == 1u) ? 0u : _e42) * SAMPLE_LEN;
    return;
}

Values load(
    uint column,
    threadgroup type_12& tile,
    thread uint& row_group
) {
    uint _e5 = row_group;
    Values _e8 = tile.inner[metal::min(unsigned((column * ROW_GROUPS) + _e5), 872u)];
    return _e8;
}

Values read_slice(
    uint slice,
    uint c,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 values_1 = metal::float4(0.0);
    uint _e6 = program[metal::min(unsigned(slice + 1u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint at_3 = _e6 + c;
    uint _e10 = program[metal::min(unsigned(slice), (_buffer_sizes.size6 - 0 - 4) / 4)];
    if (_e10 == 2u) {
        Values _e13 = load(at_3, tile, row_group);
        return _e13;
    }
    uint _e16 = program[metal::min(unsigned(slice), (_buffer_sizes.size6 - 0 - 4) / 4)];
    if (_e16 == 1u) {
        uint _e25 = sample_at_0_;
        float _e28 = sample_values[metal::min(unsigned(_e25 + at_3), (_buffer_sizes.size7 - 0 - 4) / 4)];
        values_1.x = _e28;
        uint _e32 = sample_at_1_;
        float _e35 = sample_values[metal::min(unsigned(_e32 + at_3), (_buffer_sizes.size7 - 0 - 4) / 4)];
        values_1.y = _e35;
        uint _e39 = sample_at_2_;
        float _e42 = sample_values[metal::min(unsigned(_e39 + at_3), (_buffer_sizes.size7 - 0 - 4) / 4)];
        values_1.z = _e42;
        uint _e46 = sample_at_3_;
        float _e49 = sample_values[metal::min(unsigned(_e46 + at_3), (_buffer_sizes.size7 - 0 - 4) / 4)];
        values_1.w = _e49;
        metal::float4 _e50 = values_1;
        return _e50;
    }
    uint _e54 = step.row;
    float _e59 = number((STEP_AT + (_e54 * STEP_LEN)) + at_3, program, _buffer_sizes);
    return metal::float4(_e59);
}

uint first_column(
    thread uint& column_group
) {
    uint _e1 = column_group;
    return _e1;
}

void store(
    uint column_1,
    Values values_2,
    threadgroup type_12& tile,
    thread uint& row_group
) {
    uint _e6 = row_group;
    tile.inner[metal::min(unsigned((column_1 * ROW_GROUPS) + _e6), 872u)] = values_2;
    return;
}

void op_load(
    uint op,
    constant Run& run,
    device type_7 const& state_1,
    device type_11 const& program,
    thread uint& first_sample,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint quad_8 = {};
    metal::float4 values_3 = {};
    metal::float4 values_4 = {};
    metal::float4 values_5 = {};
    metal::float4 values_6 = {};
    uint out_2 = program[metal::min(unsigned(op + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e6 = first_column(column_group);
    quad_8 = _e6;
    uint2 loop_bound_2 = uint2(4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (metal::all(loop_bound_2 == uint2(0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e127 = quad_8;
            quad_8 = _e127 + COLUMN_GROUPS;
        }
        loop_init_2 = false;
        uint _e8 = quad_8;
        if (_e8 < QUADS) {
        } else {
            break;
        }
        {
            uint _e12 = present(0u, run, first_sample);
            uint _e13 = quad_8;
            metal::float4 _e14 = load_state(_e12, _e13, state_1, _buffer_sizes);
            uint _e16 = present(1u, run, first_sample);
            uint _e17 = quad_8;
            metal::float4 _e18 = load_state(_e16, _e17, state_1, _buffer_sizes);
            uint _e20 = present(2u, run, first_sample);
            uint _e21 = quad_8;
            metal::float4 _e22 = load_state(_e20, _e21, state_1, _buffer_sizes);
            uint _e24 = present(3u, run, first_sample);
            uint _e25 = quad_8;
            metal::float4 _e26 = load_state(_e24, _e25, state_1, _buffer_sizes);
            uint _e27 = quad_8;
            if (((_e27 * 4u) + 0u) < DIMS) {
                values_3 = metal::float4(0.0);
                values_3.x = _e14.x;
                values_3.y = _e18.x;
                values_3.z = _e22.x;
                values_3.w = _e26.x;
                uint _e45 = quad_8;
                metal::float4 _e51 = values_3;
                store((out_2 + (_e45 * 4u)) + 0u, _e51, tile, row_group);
            }
            uint _e52 = quad_8;
            if (((_e52 * 4u) + 1u) < DIMS) {
                values_4 = metal::float4(0.0);
                values_4.x = _e14.y;
                values_4.y = _e18.y;
                values_4.z = _e22.y;
                values_4.w = _e26.y;
                uint _e70 = quad_8;
                metal::float4 _e76 = values_4;
                store((out_2 + (_e70 * 4u)) + 1u, _e76, tile, row_group);
            }
            uint _e77 = quad_8;
            if (((_e77 * 4u) + 2u) < DIMS) {
                values_5 = metal::float4(0.0);
                values_5.x = _e14.z;
                values_5.y = _e18.z;
                values_5.z = _e22.z;
                values_5.w = _e26.z;
                uint _e95 = quad_8;
                metal::float4 _e101 = values_5;
                store((out_2 + (_e95 * 4u)) + 2u, _e101, tile, row_group);
            }
            uint _e102 = quad_8;
            if (((_e102 * 4u) + 3u) < DIMS) {
                values_6 = metal::float4(0.0);
                values_6.x = _e14.w;
                values_6.y = _e18.w;
                values_6.z = _e22.w;
                values_6.w = _e26.w;
                uint _e120 = quad_8;
                metal::float4 _e126 = values_6;
                store((out_2 + (_e120 * 4u)) + 3u, _e126, tile, row_group);
            }
        }
    }
    return;
}

void wait_for_columns(
) {
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    return;
}

Values combine(
    uint slices,
    uint count,
    uint c_1,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 sum = metal::float4(0.0);
    uint k_2 = 0u;
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e22 = k_2;
            k_2 = _e22 + 1u;
        }
        loop_init_3 = false;
        uint _e8 = k_2;
        if (_e8 < count) {
        } else {
            break;
        }
        {
            uint _e10 = k_2;
            uint slice_1 = slices + (_e10 * SLICE);
            metal::float4 _e14 = sum;
            float _e17 = number(slice_1 + 2u, program, _buffer_sizes);
            Values _e18 = read_slice(slice_1, c_1, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            sum = _e14 + (_e17 * _e18);
        }
    }
    metal::float4 _e24 = sum;
    return _e24;
}

Values of_sigmoid(
    Values v_2
) {
    return metal::float4(1.0) / (metal::float4(1.0) + metal::exp(metal::min(-(v_2), metal::float4(80.0))));
}

Values of_silu(
    Values v_3
) {
    Values _e1 = of_sigmoid(v_3);
    return v_3 * _e1;
}

Values activate(
    uint function,
    float slope,
    Values v_4
) {
    switch(function) {
        case 2u: {
            Values _e3 = of_silu(v_4);
            return _e3;
        }
        default: {
            return v_4;
        }
    }
}

void finish_columns(
    uint op_1,
    uint quad_9,
    uint quads,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint c_2 = {};
    Values value_2 = {};
    uint out_3 = program[metal::min(unsigned(op_1 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint width = program[metal::min(unsigned(op_1 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e19 = program[metal::min(unsigned(op_1 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint adds = (op_1 + 9u) + (_e19 * SLICE);
    uint _e27 = program[metal::min(unsigned(op_1 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint residual = adds + (_e27 * SLICE);
    c_2 = quad_9 * 4u;
    uint2 loop_bound_4 = uint2(4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (metal::all(loop_bound_4 == uint2(0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e76 = c_2;
            c_2 = _e76 + 1u;
        }
        loop_init_4 = false;
        uint _e34 = c_2;
        if (_e34 < metal::min((quad_9 + quads) * 4u, width)) {
        } else {
            break;
        }
        {
            uint _e40 = c_2;
            Values _e42 = load(out_3 + _e40, tile, row_group);
            uint _e47 = program[metal::min(unsigned(op_1 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e48 = c_2;
            Values _e49 = combine(adds, _e47, _e48, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            Values sum_1 = _e42 + _e49;
            uint _e55 = program[metal::min(unsigned(op_1 + 6u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            float _e58 = number(op_1 + 7u, program, _buffer_sizes);
            Values _e59 = activate(_e55, _e58, sum_1);
            value_2 = _e59;
            uint _e65 = program[metal::min(unsigned(op_1 + 8u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            if (_e65 == 1u) {
                Values _e68 = value_2;
                uint _e69 = c_2;
                Values _e70 = read_slice(residual, _e69, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
                value_2 = _e68 + _e70;
            }
            uint _e72 = c_2;
            Values _e74 = value_2;
            store(out_3 + _e72, _e74, tile, row_group);
        }
    }
    return;
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

void op_linear(
    uint op_2,
    uint own_1,
    constant Step& step,
    device type_10 const& weights,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint quad_10 = {};
    metal::float4 acc_0_0_0_ = {};
    metal::float4 acc_0_0_1_ = {};
    metal::float4 acc_0_0_2_ = {};
    metal::float4 acc_0_0_3_ = {};
    uint term = {};
    uint k_3 = {};
    uint out_4 = program[metal::min(unsigned(op_2 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint width_1 = program[metal::min(unsigned(op_2 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint stride = naga_div(width_1 + 3u, 4u);
    uint terms = op_2 + 9u;
    uint _e22 = program[metal::min(unsigned(op_2 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint adds_1 = terms + (_e22 * SLICE);
    uint _e26 = first_column(column_group);
    quad_10 = _e26 * BLOCK_QUADS;
    uint2 loop_bound_5 = uint2(4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (metal::all(loop_bound_5 == uint2(0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e303 = quad_10;
            quad_10 = _e303 + 32u;
        }
        loop_init_5 = false;
        uint _e30 = quad_10;
        if (_e30 < stride) {
        } else {
            break;
        }
        {
            acc_0_0_0_ = metal::float4(0.0);
            acc_0_0_1_ = metal::float4(0.0);
            acc_0_0_2_ = metal::float4(0.0);
            acc_0_0_3_ = metal::float4(0.0);
            term = terms;
            uint2 loop_bound_6 = uint2(4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (metal::all(loop_bound_6 == uint2(0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e214 = term;
                    term = _e214 + SLICE;
                }
                loop_init_6 = false;
                uint _e45 = term;
                if (_e45 < adds_1) {
                } else {
                    break;
                }
                {
                    uint _e48 = term;
                    uint input = program[metal::min(unsigned(_e48), (_buffer_sizes.size6 - 0 - 4) / 4)];
                    uint _e52 = term;
                    uint inner = program[metal::min(unsigned(_e52 + 1u), (_buffer_sizes.size6 - 0 - 4) / 4)];
                    uint _e58 = term;
                    uint _e62 = program[metal::min(unsigned(_e58 + 2u), (_buffer_sizes.size6 - 0 - 4) / 4)];
                    uint _e63 = quad_10;
                    uint own_at_0_ = _e62 + metal::min((_e63 + 0u) + own_1, stride - 1u);
                    k_3 = 0u;
                    uint2 loop_bound_7 = uint2(4294967295u);
                    bool loop_init_7 = true;
                    while(true) {
                        if (metal::all(loop_bound_7 == uint2(0u))) { break; }
                        loop_bound_7 -= uint2(loop_bound_7.y == 0u, 1u);
                        if (!loop_init_7) {
                            uint _e211 = k_3;
                            k_3 = _e211 + UNROLL;
                        }
                        loop_init_7 = false;
                        uint _e73 = k_3;
                        if (_e73 < inner) {
                        } else {
                            break;
                        }
                        {
                            uint _e75 = k_3;
                            Values _e82 = load(input + metal::min(_e75 + 0u, inner - 1u), tile, row_group);
                            uint _e84 = k_3;
                            Stored _e90 = weights[metal::min(unsigned(own_at_0_ + ((_e84 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e91 = widen(_e90);
                            metal::float4 _e92 = from_lane_0_(_e91);
                            metal::float4 _e93 = acc_0_0_0_;
                            acc_0_0_0_ = _e93 + (_e82 * _e92.x);
                            metal::float4 _e97 = acc_0_0_1_;
                            acc_0_0_1_ = _e97 + (_e82 * _e92.y);
                            metal::float4 _e101 = acc_0_0_2_;
                            acc_0_0_2_ = _e101 + (_e82 * _e92.z);
                            metal::float4 _e105 = acc_0_0_3_;
                            acc_0_0_3_ = _e105 + (_e82 * _e92.w);
                            uint _e109 = k_3;
                            Values _e116 = load(input + metal::min(_e109 + 1u, inner - 1u), tile, row_group);
                            uint _e118 = k_3;
                            Stored _e124 = weights[metal::min(unsigned(own_at_0_ + ((_e118 + 1u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e125 = widen(_e124);
                            metal::float4 _e126 = from_lane_0_(_e125);
                            metal::float4 _e127 = acc_0_0_0_;
                            acc_0_0_0_ = _e127 + (_e116 * _e126.x);
                            metal::float4 _e131 = acc_0_0_1_;
                            acc_0_0_1_ = _e131 + (_e116 * _e126.y);
                            metal::float4 _e135 = acc_0_0_2_;
                            acc_0_0_2_ = _e135 + (_e116 * _e126.z);
                            metal::float4 _e139 = acc_0_0_3_;
                            acc_0_0_3_ = _e139 + (_e116 * _e126.w);
                            uint _e143 = k_3;
                            Values _e150 = load(input + metal::min(_e143 + 2u, inner - 1u), tile, row_group);
                            uint _e152 = k_3;
                            Stored _e158 = weights[metal::min(unsigned(own_at_0_ + ((_e152 + 2u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e159 = widen(_e158);
                            metal::float4 _e160 = from_lane_0_(_e159);
                            metal::float4 _e161 = acc_0_0_0_;
                            acc_0_0_0_ = _e161 + (_e150 * _e160.x);
                            metal::float4 _e165 = acc_0_0_1_;
                            acc_0_0_1_ = _e165 + (_e150 * _e160.y);
                            metal::float4 _e169 = acc_0_0_2_;
                            acc_0_0_2_ = _e169 + (_e150 * _e160.z);
                            metal::float4 _e173 = acc_0_0_3_;
                            acc_0_0_3_ = _e173 + (_e150 * _e160.w);
                            uint _e177 = k_3;
                            Values _e184 = load(input + metal::min(_e177 + 3u, inner - 1u), tile, row_group);
                            uint _e186 = k_3;
                            Stored _e192 = weights[metal::min(unsigned(own_at_0_ + ((_e186 + 3u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e193 = widen(_e192);
                            metal::float4 _e194 = from_lane_0_(_e193);
                            metal::float4 _e195 = acc_0_0_0_;
                            acc_0_0_0_ = _e195 + (_e184 * _e194.x);
                            metal::float4 _e199 = acc_0_0_1_;
                            acc_0_0_1_ = _e199 + (_e184 * _e194.y);
                            metal::float4 _e203 = acc_0_0_2_;
                            acc_0_0_2_ = _e203 + (_e184 * _e194.z);
                            metal::float4 _e207 = acc_0_0_3_;
                            acc_0_0_3_ = _e207 + (_e184 * _e194.w);
                        }
                    }
                }
            }
            uint _e217 = quad_10;
            if (((((_e217 + 0u) + 0u) * 4u) + 0u) < width_1) {
                uint _e227 = quad_10;
                metal::float4 _e237 = acc_0_0_0_;
                store((out_4 + (((_e227 + 0u) + 0u) * 4u)) + 0u, _e237, tile, row_group);
            }
            uint _e238 = quad_10;
            if (((((_e238 + 0u) + 0u) * 4u) + 1u) < width_1) {
                uint _e248 = quad_10;
                metal::float4 _e258 = acc_0_0_1_;
                store((out_4 + (((_e248 + 0u) + 0u) * 4u)) + 1u, _e258, tile, row_group);
            }
            uint _e259 = quad_10;
            if (((((_e259 + 0u) + 0u) * 4u) + 2u) < width_1) {
                uint _e269 = quad_10;
                metal::float4 _e279 = acc_0_0_2_;
                store((out_4 + (((_e269 + 0u) + 0u) * 4u)) + 2u, _e279, tile, row_group);
            }
            uint _e280 = quad_10;
            if (((((_e280 + 0u) + 0u) * 4u) + 3u) < width_1) {
                uint _e290 = quad_10;
                metal::float4 _e300 = acc_0_0_3_;
                store((out_4 + (((_e290 + 0u) + 0u) * 4u)) + 3u, _e300, tile, row_group);
            }
            uint _e301 = quad_10;
            finish_columns(op_2, _e301, BLOCK_QUADS, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
        }
    }
    return;
}

void op_combine(
    uint op_3,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint c_3 = {};
    uint out_5 = program[metal::min(unsigned(op_3 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e6 = first_column(column_group);
    c_3 = _e6;
    uint2 loop_bound_8 = uint2(4294967295u);
    bool loop_init_8 = true;
    while(true) {
        if (metal::all(loop_bound_8 == uint2(0u))) { break; }
        loop_bound_8 -= uint2(loop_bound_8.y == 0u, 1u);
        if (!loop_init_8) {
            uint _e26 = c_3;
            c_3 = _e26 + COLUMN_GROUPS;
        }
        loop_init_8 = false;
        uint _e8 = c_3;
        uint _e13 = program[metal::min(unsigned(op_3 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
        if (_e8 < _e13) {
        } else {
            break;
        }
        {
            uint _e15 = c_3;
            uint _e23 = program[metal::min(unsigned(op_3 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e24 = c_3;
            Values _e25 = combine(op_3 + 5u, _e23, _e24, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            store(out_5 + _e15, _e25, tile, row_group);
        }
    }
    return;
}

void op_activate(
    uint op_4,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint c_4 = {};
    uint out_6 = program[metal::min(unsigned(op_4 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e6 = first_column(column_group);
    c_4 = _e6;
    uint2 loop_bound_9 = uint2(4294967295u);
    bool loop_init_9 = true;
    while(true) {
        if (metal::all(loop_bound_9 == uint2(0u))) { break; }
        loop_bound_9 -= uint2(loop_bound_9.y == 0u, 1u);
        if (!loop_init_9) {
            uint _e35 = c_4;
            c_4 = _e35 + COLUMN_GROUPS;
        }
        loop_init_9 = false;
        uint _e8 = c_4;
        uint _e13 = program[metal::min(unsigned(op_4 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
        if (_e8 < _e13) {
        } else {
            break;
        }
        {
            uint _e21 = program[metal::min(unsigned(op_4 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e22 = c_4;
            Values _e23 = combine(op_4 + 7u, _e21, _e22, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            uint _e24 = c_4;
            uint _e30 = program[metal::min(unsigned(op_4 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            float _e33 = number(op_4 + 6u, program, _buffer_sizes);
            Values _e34 = activate(_e30, _e33, _e23);
            store(out_6 + _e24, _e34, tile, row_group);
        }
    }
    return;
}

void op_scale(
    uint op_5,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint c_5 = {};
    uint out_7 = program[metal::min(unsigned(op_5 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e6 = first_column(column_group);
    c_5 = _e6;
    uint2 loop_bound_10 = uint2(4294967295u);
    bool loop_init_10 = true;
    while(true) {
        if (metal::all(loop_bound_10 == uint2(0u))) { break; }
        loop_bound_10 -= uint2(loop_bound_10.y == 0u, 1u);
        if (!loop_init_10) {
            uint _e45 = c_5;
            c_5 = _e45 + COLUMN_GROUPS;
        }
        loop_init_10 = false;
        uint _e8 = c_5;
        uint _e13 = program[metal::min(unsigned(op_5 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
        if (_e8 < _e13) {
        } else {
            break;
        }
        {
            uint _e21 = program[metal::min(unsigned(op_5 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e22 = c_5;
            Values _e23 = combine(op_5 + 7u, _e21, _e22, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            uint _e24 = c_5;
            uint _e30 = program[metal::min(unsigned(op_5 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e31 = c_5;
            float _e33 = number(_e30 + _e31, program, _buffer_sizes);
            uint _e39 = program[metal::min(unsigned(op_5 + 6u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e40 = c_5;
            float _e42 = number(_e39 + _e40, program, _buffer_sizes);
            store(out_7 + _e24, (_e23 * _e33) + metal::float4(_e42), tile, row_group);
        }
    }
    return;
}

void run_op(
    uint op_6,
    uint own_2,
    constant Run& run,
    constant Step& step,
    device type_7 const& state_1,
    device type_10 const& weights,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& first_sample,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e6 = program[metal::min(unsigned(op_6 + OP_KIND), (_buffer_sizes.size6 - 0 - 4) / 4)];
    switch(_e6) {
        case 0u: {
            op_load(op_6, run, state_1, program, first_sample, tile, row_group, column_group, _buffer_sizes);
            return;
        }
        case 1u: {
            op_linear(op_6, own_2, step, weights, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, column_group, _buffer_sizes);
            return;
        }
        case 2u: {
            op_combine(op_6, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, column_group, _buffer_sizes);
            return;
        }
        case 3u: {
            op_activate(op_6, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, column_group, _buffer_sizes);
            return;
        }
        case 5u: {
            op_scale(op_6, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, column_group, _buffer_sizes);
            return;
        }
        default: {
            return;
        }
    }
}

void network_step(
    uint own_3,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    device type_10 const& weights,
    device type_11 const& program,
    device type_7 const& sample_values,
    device type_11 const& sample_rows,
    thread uint& first_sample,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_3 = {};
    uint pass_index_1 = 0u;
    uint op_7 = {};
    uint columns_at = {};
    Values mixed = {};
    uint quad_11 = {};
    uint i_4 = {};
    bool local_4 = {};
    if (false) {
        float _e8 = run.guidance;
        local_3 = _e8 != 1.0;
    } else {
        local_3 = false;
    }
    bool _e12 = local_3;
    uint passes = _e12 ? 2u : 1u;
    uint2 loop_bound_11 = uint2(4294967295u);
    bool loop_init_11 = true;
    while(true) {
        if (metal::all(loop_bound_11 == uint2(0u))) { break; }
        loop_bound_11 -= uint2(loop_bound_11.y == 0u, 1u);
        if (!loop_init_11) {
            uint _e77 = pass_index_1;
            pass_index_1 = _e77 + 1u;
        }
        loop_init_11 = false;
        uint _e16 = pass_index_1;
        if (_e16 < passes) {
        } else {
            break;
        }
        {
            uint _e18 = pass_index_1;
            find_samples(_e18, run, sample_rows, first_sample, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, _buffer_sizes);
            op_7 = OPS_AT;
            uint2 loop_bound_12 = uint2(4294967295u);
            bool loop_init_12 = true;
            while(true) {
                if (metal::all(loop_bound_12 == uint2(0u))) { break; }
                loop_bound_12 -= uint2(loop_bound_12.y == 0u, 1u);
                if (!loop_init_12) {
                    uint _e25 = op_7;
                    uint _e27 = op_7;
                    uint _e31 = program[metal::min(unsigned(_e27 + OP_SIZE), (_buffer_sizes.size6 - 0 - 4) / 4)];
                    op_7 = _e25 + _e31;
                }
                loop_init_12 = false;
                uint _e21 = op_7;
                if (_e21 < OPS_END) {
                } else {
                    break;
                }
                {
                    wait_for_columns();
                    uint _e24 = op_7;
                    run_op(_e24, own_3, run, step, state_1, weights, program, sample_values, first_sample, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, column_group, _buffer_sizes);
                }
            }
            if (passes == 2u) {
                wait_for_columns();
                float _e37 = run.guidance;
                float _e40 = run.guidance;
                uint _e43 = pass_index_1;
                float share = (_e43 == 1u) ? (1.0 - _e40) : _e37;
                columns_at = 0u;
                uint2 loop_bound_13 = uint2(4294967295u);
                bool loop_init_13 = true;
                while(true) {
                    if (metal::all(loop_bound_13 == uint2(0u))) { break; }
                    loop_bound_13 -= uint2(loop_bound_13.y == 0u, 1u);
                    if (!loop_init_13) {
                        uint _e73 = columns_at;
                        columns_at = _e73 + COLUMN_GROUPS;
                    }
                    loop_init_13 = false;
                    uint _e49 = columns_at;
                    if (_e49 < DIMS) {
                    } else {
                        break;
                    }
                    {
                        uint _e52 = columns_at;
                        uint _e53 = first_column(column_group);
                        uint c_8 = _e52 + _e53;
                        if (c_8 < DIMS) {
                            Values _e59 = load(RESULT_AT + c_8, tile, row_group);
                            mixed = share * _e59;
                            uint _e62 = pass_index_1;
                            if (_e62 == 1u) {
                                Values _e65 = mixed;
                                Values _e68 = load(MIXED_AT + c_8, tile, row_group);
                                mixed = _e65 + _e68;
                            }
                            Values _e72 = mixed;
                            store(MIXED_AT + c_8, _e72, tile, row_group);
                        }
                    }
                }
            }
        }
    }
    wait_for_columns();
    uint result_1 = (passes == 2u) ? MIXED_AT : RESULT_AT;
    uint _e84 = first_column(column_group);
    quad_11 = _e84;
    uint2 loop_bound_14 = uint2(4294967295u);
    bool loop_init_14 = true;
    while(true) {
        if (metal::all(loop_bound_14 == uint2(0u))) { break; }
        loop_bound_14 -= uint2(loop_bound_14.y == 0u, 1u);
        if (!loop_init_14) {
            uint _e159 = quad_11;
            quad_11 = _e159 + COLUMN_GROUPS;
        }
        loop_init_14 = false;
        uint _e86 = quad_11;
        if (_e86 < QUADS) {
        } else {
            break;
        }
        {
            uint _e89 = quad_11;
            Values _e97 = load(result_1 + metal::min((_e89 * 4u) + 0u, 2u), tile, row_group);
            uint _e98 = quad_11;
            Values _e106 = load(result_1 + metal::min((_e98 * 4u) + 1u, 2u), tile, row_group);
            uint _e107 = quad_11;
            Values _e115 = load(result_1 + metal::min((_e107 * 4u) + 2u, 2u), tile, row_group);
            uint _e116 = quad_11;
            Values _e124 = load(result_1 + metal::min((_e116 * 4u) + 3u, 2u), tile, row_group);
            i_4 = 0u;
            uint2 loop_bound_15 = uint2(4294967295u);
            bool loop_init_15 = true;
            while(true) {
                if (metal::all(loop_bound_15 == uint2(0u))) { break; }
                loop_bound_15 -= uint2(loop_bound_15.y == 0u, 1u);
                if (!loop_init_15) {
                    uint _e157 = i_4;
                    i_4 = _e157 + 1u;
                }
                loop_init_15 = false;
                uint _e127 = i_4;
                if (_e127 < SAMPLES) {
                    uint _e133 = first_sample;
                    uint _e134 = i_4;
                    uint _e138 = run.count;
                    local_4 = (_e133 + _e134) < _e138;
                } else {
                    local_4 = false;
                }
                bool _e141 = local_4;
                if (_e141) {
                } else {
                    break;
                }
                {
                    uint _e142 = i_4;
                    float _e143 = component_of(_e97, _e142);
                    uint _e144 = i_4;
                    float _e145 = component_of(_e106, _e144);
                    uint _e146 = i_4;
                    float _e147 = component_of(_e115, _e146);
                    uint _e148 = i_4;
                    float _e149 = component_of(_e124, _e148);
                    metal::float4 out_8 = metal::float4(_e143, _e145, _e147, _e149);
                    uint _e152 = first_sample;
                    uint _e153 = i_4;
                    uint _e155 = quad_11;
                    update_quad(_e152 + _e153, _e155, out_8, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
            }
        }
    }
    return;
}

Values of_relu(
    Values v_5
) {
    return metal::max(v_5, metal::float4(0.0));
}

Values of_gelu(
    Values v_6
) {
    metal::float4 a_1 = metal::abs(v_6) * 0.70710677;
    metal::float4 t_1 = metal::float4(1.0) / (metal::float4(1.0) + (0.3275911 * a_1));
    metal::float4 p = t_1 * (metal::float4(0.2548296) + (t_1 * (metal::float4(-0.28449672) + (t_1 * (metal::float4(1.4214138) + (t_1 * (metal::float4(-1.4531521) + (t_1 * 1.0614054))))))));
    metal::float4 half_erfc = (0.5 * p) * metal::exp(metal::max(-(a_1) * a_1, metal::float4(-80.0)));
    return v_6 * metal::select(half_erfc, metal::float4(1.0) - half_erfc, v_6 >= metal::float4(0.0));
}

Values of_gelu_tanh(
    Values v_7
) {
    Values _e8 = of_sigmoid(1.5957692 * (v_7 + (((0.044715 * v_7) * v_7) * v_7)));
    return v_7 * _e8;
}

Values of_mish(
    Values v_8
) {
    metal::float4 e = metal::exp(metal::min(v_8, metal::float4(20.0)));
    metal::float4 n = e * (e + metal::float4(2.0));
    return v_8 * (n / (n + metal::float4(2.0)));
}

Values of_tanh(
    Values v_9
) {
    Values v2_ = v_9 * v_9;
    Values near = v_9 * (metal::float4(1.0) + (v2_ * (metal::float4(-0.33333334) + (v2_ * (metal::float4(0.13333333) + (v2_ * (metal::float4(-0.053968254) + (v2_ * 0.02186949))))))));
    metal::float4 far = metal::float4(1.0) - (metal::float4(2.0) / (metal::float4(1.0) + metal::exp(metal::min(2.0 * metal::abs(v_9), metal::float4(80.0)))));
    return metal::select(far * metal::sign(v_9), near, metal::abs(v_9) < metal::float4(0.3));
}

Values of_softplus(
    Values v_10
) {
    return metal::max(v_10, metal::float4(0.0)) + metal::log(metal::float4(1.0) + metal::exp(-(metal::min(metal::abs(v_10), metal::float4(80.0)))));
}

Values of_elu(
    Values v_11
) {
    metal::float4 below = metal::exp(metal::max(metal::min(v_11, metal::float4(0.0)), metal::float4(-80.0))) - metal::float4(1.0);
    return metal::select(below, v_11, v_11 > metal::float4(0.0));
}

Values of_selu(
    Values v_12
) {
    Values _e1 = of_elu(v_12);
    return 1.050701 * metal::select(1.6732632 * _e1, v_12, v_12 > metal::float4(0.0));
}

Values of_leaky_relu(
    Values v_13,
    float slope_1
) {
    return metal::select(slope_1 * v_13, v_13, v_13 > metal::float4(0.0));
}

Values wave(
    Values angle,
    uint quarters
) {
    Values quarter_turns = angle * 0.63661975;
    metal::float4 n_1 = metal::rint(quarter_turns);
    Values near_1 = ((angle - (n_1 * 1.5703125)) - (n_1 * 0.0004837513)) - (n_1 * 0.0000000754979);
    metal::float4 far_1 = metal::clamp((quarter_turns - n_1) * 1.5707964, metal::float4(-0.7853982), metal::float4(0.7853982));
    metal::float4 r = metal::select(near_1, far_1, metal::abs(n_1) >= metal::float4(65536.0));
    metal::float4 r2_ = r * r;
    metal::float4 s = r + ((r * r2_) * (metal::float4(-0.16666655) + (r2_ * (metal::float4(0.008332161) - (r2_ * 0.00019515296)))));
    metal::float4 c_9 = (metal::float4(1.0) - (0.5 * r2_)) + ((r2_ * r2_) * (metal::float4(0.041666646) + (r2_ * (metal::float4(-0.0013887316) + (r2_ * 0.000024433157)))));
    metal::float4 turned = (n_1 - (4.0 * metal::floor(n_1 * 0.25))) + metal::float4(static_cast<float>(quarters));
    metal::float4 quadrant = metal::select(turned, turned - metal::float4(4.0), turned >= metal::float4(4.0));
    metal::float4 value_5 = metal::select(s, c_9, metal::abs(quadrant - metal::float4(2.0)) == metal::float4(1.0));
    return metal::select(value_5, -(value_5), quadrant >= metal::float4(2.0));
}

Values of_sin(
    Values v_14
) {
    Values _e2 = wave(v_14, 0u);
    return _e2;
}

void op_multiply(
    uint op_8,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint c_6 = {};
    uint out_9 = program[metal::min(unsigned(op_8 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint left = op_8 + 7u;
    uint _e12 = program[metal::min(unsigned(op_8 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint right = left + (_e12 * SLICE);
    uint _e16 = first_column(column_group);
    c_6 = _e16;
    uint2 loop_bound_16 = uint2(4294967295u);
    bool loop_init_16 = true;
    while(true) {
        if (metal::all(loop_bound_16 == uint2(0u))) { break; }
        loop_bound_16 -= uint2(loop_bound_16.y == 0u, 1u);
        if (!loop_init_16) {
            uint _e47 = c_6;
            c_6 = _e47 + COLUMN_GROUPS;
        }
        loop_init_16 = false;
        uint _e18 = c_6;
        uint _e23 = program[metal::min(unsigned(op_8 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
        if (_e18 < _e23) {
        } else {
            break;
        }
        {
            float _e27 = number(op_8 + 6u, program, _buffer_sizes);
            uint _e32 = program[metal::min(unsigned(op_8 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e33 = c_6;
            Values _e34 = combine(right, _e32, _e33, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            metal::float4 factor = metal::float4(_e27) + _e34;
            uint _e37 = c_6;
            uint _e43 = program[metal::min(unsigned(op_8 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            uint _e44 = c_6;
            Values _e45 = combine(left, _e43, _e44, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
            store(out_9 + _e37, _e45 * factor, tile, row_group);
        }
    }
    return;
}

void op_normalize(
    uint op_9,
    device type_11 const& program,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint start = 0u;
    metal::float4 mean = {};
    uint k_4 = {};
    metal::float4 squares = {};
    uint k_5 = {};
    uint k_6 = {};
    uint out_10 = program[metal::min(unsigned(op_9 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint input_1 = program[metal::min(unsigned(op_9 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint groups_1 = program[metal::min(unsigned(op_9 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e20 = program[metal::min(unsigned(op_9 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint size = naga_div(_e20, groups_1);
    uint2 loop_bound_17 = uint2(4294967295u);
    bool loop_init_17 = true;
    while(true) {
        if (metal::all(loop_bound_17 == uint2(0u))) { break; }
        loop_bound_17 -= uint2(loop_bound_17.y == 0u, 1u);
        if (!loop_init_17) {
            uint _e118 = start;
            start = _e118 + size;
        }
        loop_init_17 = false;
        uint _e24 = start;
        if (_e24 < (groups_1 * size)) {
        } else {
            break;
        }
        {
            mean = metal::float4(0.0);
            uint _e34 = program[metal::min(unsigned(op_9 + 6u), (_buffer_sizes.size6 - 0 - 4) / 4)];
            if (_e34 == 1u) {
                k_4 = 0u;
                uint2 loop_bound_18 = uint2(4294967295u);
                bool loop_init_18 = true;
                while(true) {
                    if (metal::all(loop_bound_18 == uint2(0u))) { break; }
                    loop_bound_18 -= uint2(loop_bound_18.y == 0u, 1u);
                    if (!loop_init_18) {
                        uint _e49 = k_4;
                        k_4 = _e49 + 1u;
                    }
                    loop_init_18 = false;
                    uint _e39 = k_4;
                    if (_e39 < size) {
                    } else {
                        break;
                    }
                    {
                        metal::float4 _e41 = mean;
                        uint _e42 = start;
                        uint _e44 = k_4;
                        Values _e46 = load((input_1 + _e42) + _e44, tile, row_group);
                        mean = _e41 + _e46;
                    }
                }
                metal::float4 _e51 = mean;
                mean = _e51 / metal::float4(static_cast<float>(size));
            }
            squares = metal::float4(0.0);
            k_5 = 0u;
            uint2 loop_bound_19 = uint2(4294967295u);
            bool loop_init_19 = true;
            while(true) {
                if (metal::all(loop_bound_19 == uint2(0u))) { break; }
                loop_bound_19 -= uint2(loop_bound_19.y == 0u, 1u);
                if (!loop_init_19) {
                    uint _e73 = k_5;
                    k_5 = _e73 + 1u;
                }
                loop_init_19 = false;
                uint _e60 = k_5;
                if (_e60 < size) {
                } else {
                    break;
                }
                {
                    uint _e62 = start;
                    uint _e64 = k_5;
                    Values _e66 = load((input_1 + _e62) + _e64, tile, row_group);
                    metal::float4 _e67 = mean;
                    Values offset = _e66 - _e67;
                    metal::float4 _e69 = squares;
                    squares = _e69 + (offset * offset);
                }
            }
            metal::float4 _e75 = squares;
            float _e81 = number(op_9 + 7u, program, _buffer_sizes);
            metal::float4 spread = metal::sqrt((_e75 / metal::float4(static_cast<float>(size))) + metal::float4(_e81));
            uint _e85 = first_column(column_group);
            k_6 = _e85;
            uint2 loop_bound_20 = uint2(4294967295u);
            bool loop_init_20 = true;
            while(true) {
                if (metal::all(loop_bound_20 == uint2(0u))) { break; }
                loop_bound_20 -= uint2(loop_bound_20.y == 0u, 1u);
                if (!loop_init_20) {
                    uint _e115 = k_6;
                    k_6 = _e115 + COLUMN_GROUPS;
                }
                loop_init_20 = false;
                uint _e87 = k_6;
                if (_e87 < size) {
                } else {
                    break;
                }
                {
                    uint _e89 = start;
                    uint _e90 = k_6;
                    uint c_10 = _e89 + _e90;
                    Values _e93 = load(input_1 + c_10, tile, row_group);
                    metal::float4 _e94 = mean;
                    Values value_6 = (_e93 - _e94) / spread;
                    uint _e102 = program[metal::min(unsigned(op_9 + 8u), (_buffer_sizes.size6 - 0 - 4) / 4)];
                    float _e104 = number(_e102 + c_10, program, _buffer_sizes);
                    uint _e110 = program[metal::min(unsigned(op_9 + 9u), (_buffer_sizes.size6 - 0 - 4) / 4)];
                    float _e112 = number(_e110 + c_10, program, _buffer_sizes);
                    store(out_10 + c_10, (value_6 * _e104) + metal::float4(_e112), tile, row_group);
                }
            }
        }
    }
    return;
}

void op_waves(
    uint op_10,
    constant Step& step,
    device type_11 const& program,
    device type_7 const& sample_values,
    thread uint& sample_at_0_,
    thread uint& sample_at_1_,
    thread uint& sample_at_2_,
    thread uint& sample_at_3_,
    threadgroup type_12& tile,
    thread uint& row_group,
    thread uint& column_group,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint c_7 = {};
    metal::float4 result = {};
    uint out_11 = program[metal::min(unsigned(op_10 + OP_OUT), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint rates = program[metal::min(unsigned(op_10 + 5u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint count_1 = program[metal::min(unsigned(op_10 + 6u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint each = program[metal::min(unsigned(op_10 + 7u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e25 = program[metal::min(unsigned(op_10 + 8u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    bool paired = _e25 == 1u;
    uint cosines_first = program[metal::min(unsigned(op_10 + 9u), (_buffer_sizes.size6 - 0 - 4) / 4)];
    uint _e33 = first_column(column_group);
    c_7 = _e33;
    uint2 loop_bound_21 = uint2(4294967295u);
    bool loop_init_21 = true;
    while(true) {
        if (metal::all(loop_bound_21 == uint2(0u))) { break; }
        loop_bound_21 -= uint2(loop_bound_21.y == 0u, 1u);
        if (!loop_init_21) {
            uint _e74 = c_7;
            c_7 = _e74 + COLUMN_GROUPS;
        }
        loop_init_21 = false;
        uint _e35 = c_7;
        uint _e40 = program[metal::min(unsigned(op_10 + OP_WIDTH), (_buffer_sizes.size6 - 0 - 4) / 4)];
        if (_e35 < _e40) {
        } else {
            break;
        }
        {
            uint _e42 = c_7;
            uint value_7 = naga_div(_e42, each);
            uint _e44 = c_7;
            uint place = _e44 - (value_7 * each);
            uint second = static_cast<uint>(place >= count_1);
            uint k_7 = place - (second * count_1);
            result = metal::float4(0.0);
            if (place < (2u * count_1)) {
                uint _e63 = program[metal::min(unsigned(op_10 + 4u), (_buffer_sizes.size6 - 0 - 4) / 4)];
                Values _e65 = combine(op_10 + 10u, _e63, paired ? k_7 : value_7, step, program, sample_values, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, _buffer_sizes);
                float _e67 = number(rates + k_7, program, _buffer_sizes);
                Values _e70 = wave(_e65 * _e67, second ^ cosines_first);
                result = _e70;
            }
            uint _e71 = c_7;
            metal::float4 _e73 = result;
            store(out_11 + _e71, _e73, tile, row_group);
        }
    }
    return;
}
uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}


struct program_stepInput {
};
kernel void program_step(
  metal::uint3 group [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint local [[thread_index_in_threadgroup]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_5& normal_table [[buffer(4)]]
, device type_7& state_1 [[buffer(2)]]
, device type_7& x0_ [[buffer(3)]]
, device type_10 const& weights [[buffer(5)]]
, device type_11 const& program [[buffer(6)]]
, device type_7 const& sample_values [[buffer(7)]]
, device type_11 const& sample_rows [[buffer(8)]]
, threadgroup type_12& tile
, constant _mslBufferSizes& _buffer_sizes [[buffer(9)]]
) {
    uint first_sample = {};
    uint sample_at_0_ = {};
    uint sample_at_1_ = {};
    uint sample_at_2_ = {};
    uint sample_at_3_ = {};
    uint row_group = {};
    uint column_group = {};
    uint k = 0u;
    row_group = naga_div(local, COLUMN_GROUPS);
    column_group = naga_mod(local, COLUMN_GROUPS);
    uint _e18 = row_group;
    first_sample = (((group.x + (group.y * groups.x)) * ROW_GROUPS) + _e18) * SAMPLES;
    uint2 loop_bound_22 = uint2(4294967295u);
    bool loop_init_22 = true;
    while(true) {
        if (metal::all(loop_bound_22 == uint2(0u))) { break; }
        loop_bound_22 -= uint2(loop_bound_22.y == 0u, 1u);
        if (!loop_init_22) {
            uint _e30 = k;
            k = _e30 + 1u;
        }
        loop_init_22 = false;
        uint _e24 = k;
        if (_e24 < STEPS) {
        } else {
            break;
        }
        {
            uint _e27 = k;
            take_step(_e27);
            network_step(0u, run, step, normal_table, state_1, x0_, weights, program, sample_values, sample_rows, first_sample, sample_at_0_, sample_at_1_, sample_at_2_, sample_at_3_, tile, row_group, column_group, _buffer_sizes);
            metal::threadgroup_barrier(metal::mem_flags::mem_device);
        }
    }
    return;
}
