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
    uint padding_0_;
    uint padding_1_;
    uint padding_2_;
};
struct Run {
    metal::uint2 key;
    metal::uint2 first_sample;
    uint count;
    float guidance;
    uint null_class;
    uint draw;
};
struct type_4 {
    metal::uint4 inner[224];
};
typedef float type_6[1];
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
typedef metal::float4 type_7[1];
typedef uint type_8[1];
constant uint WORKGROUP = 8u;
constant uint LANES = 1u;
constant uint OWN = 8u;
constant uint UNROLL = 1u;
constant uint MIXED = 0u;
constant uint INT64_ = 0u;
constant uint DIMS = 2u;
constant uint QUADS = 1u;
constant uint FEATURES = 2u;
constant uint FEATURE_QUADS = 1u;
constant uint HIDDEN = 32u;
constant uint HIDDEN_QUADS = 8u;
constant uint BLOCKS = 0u;
constant uint CLASS_ROWS = 0u;
constant uint EMBEDDING = 0u;
constant uint EMBEDDING_COSINE_FIRST = 0u;
constant uint PROJ_IN_AT = 0u;
constant uint BLOCKS_AT = 128u;
constant uint PROJ_OUT_AT = 128u;
constant uint PROJ_OUT_BIAS_AT = 160u;
constant uint FREQUENCIES_AT = 161u;
constant uint LAYERS = 1u;
constant uint INNER = 4u;
constant uint WIDTH = 32u;
constant uint COLUMNS = 8u;

metal::uint2 global_sample(
    uint local_7,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local_7;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local_7) ? 1u : 0u));
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
    constant type_4& normal_table
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
    constant type_4& normal_table
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
    uint quad_1,
    constant type_4& normal_table
) {
    metal::uint4 _e5 = philox4x32_10_(metal::uint4(quad_1, sample, draw), key_2);
    float _e7 = normal_from_word(_e5.x, normal_table);
    float _e9 = normal_from_word(_e5.y, normal_table);
    float _e11 = normal_from_word(_e5.z, normal_table);
    float _e13 = normal_from_word(_e5.w, normal_table);
    return metal::float4(_e7, _e9, _e11, _e13);
}

metal::float4 load_state(
    uint sample_1,
    uint quad_2,
    device type_6 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 value_32 = metal::float4(0.0);
    uint i_1 = 0u;
    uint first = quad_2 * 4u;
    uint at = (sample_1 * DIMS) + first;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e26 = i_1;
            i_1 = _e26 + 1u;
        }
        loop_init = false;
        uint _e12 = i_1;
        if (_e12 < metal::min(4u, DIMS - first)) {
        } else {
            break;
        }
        {
            uint _e18 = i_1;
            uint _e21 = i_1;
            float _e24 = state_1[metal::min(unsigned(at + _e21), (_buffer_sizes.size3 - 0 - 4) / 4)];
            value_32[metal::min(unsigned(_e18), 3u)] = _e24;
        }
    }
    metal::float4 _e28 = value_32;
    return _e28;
}

void store_state(
    uint sample_2,
    uint quad_3,
    metal::float4 value_33,
    device type_6& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_2 = 0u;
    uint first_1 = quad_3 * 4u;
    uint at_1 = (sample_2 * DIMS) + first_1;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e23 = i_2;
            i_2 = _e23 + 1u;
        }
        loop_init_1 = false;
        uint _e10 = i_2;
        if (_e10 < metal::min(4u, DIMS - first_1)) {
        } else {
            break;
        }
        {
            uint _e17 = i_2;
            uint _e20 = i_2;
            state_1[metal::min(unsigned(at_1 + _e17), (_buffer_sizes.size3 - 0 - 4) / 4)] = value_33[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

metal::float4 load_x0_(
    uint sample_3,
    uint quad_4,
    device type_6 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 value_34 = metal::float4(0.0);
    uint i_3 = 0u;
    uint first_2 = quad_4 * 4u;
    uint at_2 = (sample_3 * DIMS) + first_2;
    uint2 loop_bound_2 = uint2(4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (metal::all(loop_bound_2 == uint2(0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e26 = i_3;
            i_3 = _e26 + 1u;
        }
        loop_init_2 = false;
        uint _e12 = i_3;
        if (_e12 < metal::min(4u, DIMS - first_2)) {
        } else {
            break;
        }
        {
            uint _e18 = i_3;
            uint _e21 = i_3;
            float _e24 = x0_[metal::min(unsigned(at_2 + _e21), (_buffer_sizes.size4 - 0 - 4) / 4)];
            value_34[metal::min(unsigned(_e18), 3u)] = _e24;
        }
    }
    metal::float4 _e28 = value_34;
    return _e28;
}

void store_x0_(
    uint sample_4,
    uint quad_5,
    metal::float4 value_35,
    device type_6& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_4 = 0u;
    uint first_3 = quad_5 * 4u;
    uint at_3 = (sample_4 * DIMS) + first_3;
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e23 = i_4;
            i_4 = _e23 + 1u;
        }
        loop_init_3 = false;
        uint _e10 = i_4;
        if (_e10 < metal::min(4u, DIMS - first_3)) {
        } else {
            break;
        }
        {
            uint _e17 = i_4;
            uint _e20 = i_4;
            x0_[metal::min(unsigned(at_3 + _e17), (_buffer_sizes.size4 - 0 - 4) / 4)] = value_35[metal::min(unsigned(_e20), 3u)];
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
    metal::float4 mean = (_e45 * x0_1) + (_e49 * _e50);
    float _e55 = step.noise_scale;
    float _e60 = step.history_scale;
    return Updated {(mean + (_e55 * noise)) + (_e60 * history), x0_1};
}

void update_quad(
    uint sample_5,
    uint quad_6,
    metal::float4 out_1,
    constant Run& run,
    constant Step& step,
    constant type_4& normal_table,
    device type_6& state_1,
    device type_6& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 noise_1 = metal::float4(0.0);
    metal::float4 history_1 = metal::float4(0.0);
    metal::float4 _e3 = load_state(sample_5, quad_6, state_1, _buffer_sizes);
    float _e9 = step.noise_scale;
    if (_e9 != 0.0) {
        metal::uint2 _e14 = run.key;
        metal::uint2 _e15 = global_sample(sample_5, run);
        uint _e18 = step.draw;
        metal::float4 _e19 = normals4_(_e14, _e15, _e18, quad_6, normal_table);
        noise_1 = _e19;
    }
    float _e25 = step.history_scale;
    if (_e25 != 0.0) {
        metal::float4 _e28 = load_x0_(sample_5, quad_6, x0_, _buffer_sizes);
        history_1 = _e28;
    }
    metal::float4 _e29 = history_1;
    metal::float4 _e30 = noise_1;
    Updated _e31 = update(_e3, out_1, _e29, _e30, step);
    store_state(sample_5, quad_6, _e31.state, state_1, _buffer_sizes);
    store_x0_(sample_5, quad_6, _e31.x0_, x0_, _buffer_sizes);
    return;
}

metal::float4 relu(
    metal::float4 v
) {
    return metal::max(v, metal::float4(0.0));
}

metal::float4 silu(
    metal::float4 v_1
) {
    return v_1 / (metal::float4(1.0) + metal::exp(metal::min(-(v_1), metal::float4(80.0))));
}

metal::float4 gelu(
    metal::float4 v_2
) {
    metal::float4 a_1 = metal::abs(v_2) * 0.70710677;
    metal::float4 t_1 = metal::float4(1.0) / (metal::float4(1.0) + (0.3275911 * a_1));
    metal::float4 p = t_1 * (metal::float4(0.2548296) + (t_1 * (metal::float4(-0.28449672) + (t_1 * (metal::float4(1.4214138) + (t_1 * (metal::float4(-1.4531521) + (t_1 * 1.0614054))))))));
    metal::float4 half_erfc = (0.5 * p) * metal::exp(metal::max(-(a_1) * a_1, metal::float4(-80.0)));
    return v_2 * metal::select(half_erfc, metal::float4(1.0) - half_erfc, v_2 >= metal::float4(0.0));
}

metal::float4 gelu_tanh(
    metal::float4 v_3
) {
    metal::float4 u = 0.7978846 * (v_3 + (((0.044715 * v_3) * v_3) * v_3));
    return v_3 / (metal::float4(1.0) + metal::exp(metal::min(-2.0 * u, metal::float4(80.0))));
}

int naga_f2i32(float value) {
    return static_cast<int>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

float sine(
    float angle,
    uint quarters
) {
    float n = metal::rint(angle * 0.63661975);
    float r = ((angle - (n * 1.5703125)) - (n * 0.0004837513)) - (n * 0.0000000754979);
    float r2_ = r * r;
    float s = r + ((r * r2_) * (-0.16666655 + (r2_ * (0.008332161 - (r2_ * 0.00019515296)))));
    float c = (1.0 - (0.5 * r2_)) + ((r2_ * r2_) * (0.041666646 + (r2_ * (-0.0013887316 + (r2_ * 0.000024433157)))));
    uint quadrant = (as_type<uint>(naga_f2i32(n)) + quarters) & 3u;
    float value_37 = ((quadrant & 1u) == 1u) ? c : s;
    return (quadrant >= 2u) ? -(value_37) : value_37;
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

float embedded(
    uint sample_6,
    uint index,
    device type_6 const& state_1,
    device type_7 const& weights,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_8 = {};
    uint element = naga_div(index, 1u);
    uint j = naga_mod(index, 1u);
    if (!((index >= FEATURES))) {
        local_8 = j >= (2u * 0u);
    } else {
        local_8 = true;
    }
    bool _e16 = local_8;
    if (_e16) {
        return 0.0;
    }
    metal::float4 _e20 = load_state(sample_6, naga_div(element, 4u), state_1, _buffer_sizes);
    float x_1 = _e20[metal::min(unsigned(naga_mod(element, 4u)), 3u)];
    uint second = static_cast<uint>(j >= 0u);
    uint f = j - (second * 0u);
    float _e37 = weights[metal::min(unsigned(FREQUENCIES_AT + naga_div(f, 4u)), (_buffer_sizes.size5 - 0 - 16) / 16)][metal::min(unsigned(naga_mod(f, 4u)), 3u)];
    float _e41 = sine(x_1 * _e37, second ^ EMBEDDING_COSINE_FIRST);
    return _e41;
}

metal::float4 features(
    uint sample_7,
    uint quad_7,
    device type_6 const& state_1,
    device type_7 const& weights,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        metal::float4 _e3 = load_state(sample_7, quad_7, state_1, _buffer_sizes);
        return _e3;
    }
    uint i_7 = quad_7 * 4u;
    float _e6 = embedded(sample_7, i_7, state_1, weights, _buffer_sizes);
    float _e9 = embedded(sample_7, i_7 + 1u, state_1, weights, _buffer_sizes);
    float _e12 = embedded(sample_7, i_7 + 2u, state_1, weights, _buffer_sizes);
    float _e15 = embedded(sample_7, i_7 + 3u, state_1, weights, _buffer_sizes);
    return metal::float4(_e6, _e9, _e12, _e15);
}

metal::float4 time_bias(
    uint layer,
    uint quad_8,
    constant Step& step,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e6 = step.row;
    metal::float4 _e15 = biases[metal::min(unsigned(((((CLASS_ROWS + _e6) * LAYERS) + layer) * HIDDEN_QUADS) + quad_8), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e15;
}

metal::float4 class_bias(
    uint layer_1,
    uint class_row,
    uint quad_9,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return metal::float4(0.0);
    }
    metal::float4 _e14 = biases[metal::min(unsigned((((class_row * LAYERS) + layer_1) * HIDDEN_QUADS) + quad_9), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e14;
}

uint class_row_1(
    uint sample_8,
    uint pass_index,
    constant Run& run,
    device type_8 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return 0u;
    }
    if (pass_index == 1u) {
        uint _e8 = run.null_class;
        return _e8;
    }
    uint _e12 = run.count;
    uint _e17 = classes[metal::min(unsigned(metal::min(sample_8, _e12 - 1u)), (_buffer_sizes.size7 - 0 - 4) / 4)];
    return _e17;
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

metal::float4 activate(
    metal::float4 v_4
) {
    metal::float4 _e1 = relu(v_4);
    return _e1;
}

metal::float4 load_h(
    uint index_1,
    device type_7 const& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e3 = scratch_at;
    metal::float4 _e8 = scratch[metal::min(unsigned(_e3 + (index_1 * WORKGROUP)), (_buffer_sizes.size8 - 0 - 16) / 16)];
    return _e8;
}

void store_h(
    uint index_2,
    metal::float4 value_36,
    device type_7& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e4 = scratch_at;
    scratch[metal::min(unsigned(_e4 + (index_2 * WORKGROUP)), (_buffer_sizes.size8 - 0 - 16) / 16)] = value_36;
    return;
}

void store_features(
    metal::uint4 samples,
    device type_6 const& state_1,
    device type_7 const& weights,
    device type_7& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint quad_10 = 0u;
    metal::float4x4 rows = {};
    uint i_5 = {};
    uint i_6 = {};
    uint k_2 = 4u;
    uint2 loop_bound_4 = uint2(4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (metal::all(loop_bound_4 == uint2(0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e40 = quad_10;
            quad_10 = _e40 + 1u;
        }
        loop_init_4 = false;
        uint _e3 = quad_10;
        if (_e3 < FEATURE_QUADS) {
        } else {
            break;
        }
        {
            rows = metal::float4x4 {};
            i_5 = 0u;
            uint2 loop_bound_5 = uint2(4294967295u);
            bool loop_init_5 = true;
            while(true) {
                if (metal::all(loop_bound_5 == uint2(0u))) { break; }
                loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
                if (!loop_init_5) {
                    uint _e20 = i_5;
                    i_5 = _e20 + 1u;
                }
                loop_init_5 = false;
                uint _e10 = i_5;
                if (_e10 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e13 = i_5;
                    uint _e15 = i_5;
                    uint _e17 = quad_10;
                    metal::float4 _e18 = features(samples[metal::min(unsigned(_e15), 3u)], _e17, state_1, weights, _buffer_sizes);
                    rows[metal::min(unsigned(_e13), 3u)] = _e18;
                }
            }
            metal::float4x4 _e22 = rows;
            metal::float4x4 columns = metal::transpose(_e22);
            i_6 = 0u;
            uint2 loop_bound_6 = uint2(4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (metal::all(loop_bound_6 == uint2(0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e37 = i_6;
                    i_6 = _e37 + 1u;
                }
                loop_init_6 = false;
                uint _e26 = i_6;
                if (_e26 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e29 = quad_10;
                    uint _e32 = i_6;
                    uint _e34 = i_6;
                    store_h((_e29 * 4u) + _e32, columns[metal::min(unsigned(_e34), 3u)], scratch, scratch_at, _buffer_sizes);
                }
            }
        }
    }
    uint2 loop_bound_7 = uint2(4294967295u);
    bool loop_init_7 = true;
    while(true) {
        if (metal::all(loop_bound_7 == uint2(0u))) { break; }
        loop_bound_7 -= uint2(loop_bound_7.y == 0u, 1u);
        if (!loop_init_7) {
            uint _e51 = k_2;
            k_2 = _e51 + 1u;
        }
        loop_init_7 = false;
        uint _e44 = k_2;
        if (_e44 < INNER) {
        } else {
            break;
        }
        {
            uint _e47 = k_2;
            store_h(_e47, metal::float4(0.0), scratch, scratch_at, _buffer_sizes);
        }
    }
    return;
}

metal::float4x4 class_biases(
    uint layer_2,
    metal::uint4 class_rows_1,
    uint quad_11,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return metal::float4x4 {};
    }
    metal::float4 _e6 = class_bias(layer_2, class_rows_1.x, quad_11, biases, _buffer_sizes);
    metal::float4 _e8 = class_bias(layer_2, class_rows_1.y, quad_11, biases, _buffer_sizes);
    metal::float4 _e10 = class_bias(layer_2, class_rows_1.z, quad_11, biases, _buffer_sizes);
    metal::float4 _e12 = class_bias(layer_2, class_rows_1.w, quad_11, biases, _buffer_sizes);
    return metal::transpose(metal::float4x4(_e6, _e8, _e10, _e12));
}

struct mlp_step_serialInput {
};
kernel void mlp_step_serial(
  metal::uint3 group [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint local [[thread_index_in_threadgroup]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_4& normal_table [[buffer(4)]]
, device type_6& state_1 [[buffer(2)]]
, device type_6& x0_ [[buffer(3)]]
, device type_7 const& weights [[buffer(5)]]
, device type_7 const& biases [[buffer(6)]]
, device type_8 const& classes [[buffer(7)]]
, device type_7& scratch [[buffer(8)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(9)]]
) {
    uint scratch_at = {};
    bool local_1 = {};
    metal::uint4 class_rows = metal::uint4(0u);
    uint source = 0u;
    uint stage = 0u;
    bool local_2 = {};
    bool local_3 = {};
    uint column = {};
    metal::float4 acc_0_0_0_ = {};
    metal::float4 acc_0_0_1_ = {};
    metal::float4 acc_0_0_2_ = {};
    metal::float4 acc_0_0_3_ = {};
    metal::float4 acc_1_0_0_ = {};
    metal::float4 acc_1_0_1_ = {};
    metal::float4 acc_1_0_2_ = {};
    metal::float4 acc_1_0_3_ = {};
    metal::float4 acc_2_0_0_ = {};
    metal::float4 acc_2_0_1_ = {};
    metal::float4 acc_2_0_2_ = {};
    metal::float4 acc_2_0_3_ = {};
    metal::float4 acc_3_0_0_ = {};
    metal::float4 acc_3_0_1_ = {};
    metal::float4 acc_3_0_2_ = {};
    metal::float4 acc_3_0_3_ = {};
    metal::float4 acc_4_0_0_ = {};
    metal::float4 acc_4_0_1_ = {};
    metal::float4 acc_4_0_2_ = {};
    metal::float4 acc_4_0_3_ = {};
    metal::float4 acc_5_0_0_ = {};
    metal::float4 acc_5_0_1_ = {};
    metal::float4 acc_5_0_2_ = {};
    metal::float4 acc_5_0_3_ = {};
    metal::float4 acc_6_0_0_ = {};
    metal::float4 acc_6_0_1_ = {};
    metal::float4 acc_6_0_2_ = {};
    metal::float4 acc_6_0_3_ = {};
    metal::float4 acc_7_0_0_ = {};
    metal::float4 acc_7_0_1_ = {};
    metal::float4 acc_7_0_2_ = {};
    metal::float4 acc_7_0_3_ = {};
    uint k = {};
    uint quad_ = {};
    uint i = {};
    bool local_4 = {};
    metal::float4 value = {};
    metal::float4 value_1 = {};
    metal::float4 value_2 = {};
    metal::float4 value_3 = {};
    metal::float4 value_4 = {};
    metal::float4 value_5 = {};
    metal::float4 value_6 = {};
    metal::float4 value_7 = {};
    metal::float4 value_8 = {};
    metal::float4 value_9 = {};
    metal::float4 value_10 = {};
    metal::float4 value_11 = {};
    metal::float4 value_12 = {};
    metal::float4 value_13 = {};
    metal::float4 value_14 = {};
    metal::float4 value_15 = {};
    metal::float4 value_16 = {};
    metal::float4 value_17 = {};
    metal::float4 value_18 = {};
    metal::float4 value_19 = {};
    metal::float4 value_20 = {};
    metal::float4 value_21 = {};
    metal::float4 value_22 = {};
    metal::float4 value_23 = {};
    metal::float4 value_24 = {};
    metal::float4 value_25 = {};
    metal::float4 value_26 = {};
    metal::float4 value_27 = {};
    metal::float4 value_28 = {};
    metal::float4 value_29 = {};
    metal::float4 value_30 = {};
    metal::float4 value_31 = {};
    bool local_5 = {};
    bool local_6 = {};
    uint k_1 = {};
    uint workgroup = group.x + (group.y * groups.x);
    uint first_4 = ((workgroup * WORKGROUP) + local) * 4u;
    scratch_at = ((workgroup * 64u) * WORKGROUP) + local;
    uint _e28 = run.count;
    metal::uint4 samples_1 = metal::min(metal::uint4(first_4) + metal::uint4(0u, 1u, 2u, 3u), metal::uint4(_e28 - 1u));
    uint _e33 = lane();
    if (false) {
        float _e41 = run.guidance;
        local_1 = _e41 != 1.0;
    } else {
        local_1 = false;
    }
    bool _e45 = local_1;
    uint passes = _e45 ? 2u : 1u;
    uint out_stage = passes * LAYERS;
    uint2 loop_bound_8 = uint2(4294967295u);
    bool loop_init_8 = true;
    while(true) {
        if (metal::all(loop_bound_8 == uint2(0u))) { break; }
        loop_bound_8 -= uint2(loop_bound_8.y == 0u, 1u);
        if (!loop_init_8) {
            uint _e1709 = stage;
            stage = _e1709 + 1u;
        }
        loop_init_8 = false;
        uint _e56 = stage;
        if (_e56 <= out_stage) {
        } else {
            break;
        }
        {
            uint _e58 = stage;
            bool is_out = _e58 == out_stage;
            uint _e60 = stage;
            uint layer_3 = naga_mod(_e60, LAYERS);
            if (layer_3 == 0u) {
                local_2 = !(is_out);
            } else {
                local_2 = false;
            }
            bool is_input = local_2;
            if (is_input) {
                uint _e70 = stage;
                uint pass_index_1 = naga_div(_e70, LAYERS);
                uint _e74 = class_row_1(samples_1.x, pass_index_1, run, classes, _buffer_sizes);
                uint _e76 = class_row_1(samples_1.y, pass_index_1, run, classes, _buffer_sizes);
                uint _e78 = class_row_1(samples_1.z, pass_index_1, run, classes, _buffer_sizes);
                uint _e80 = class_row_1(samples_1.w, pass_index_1, run, classes, _buffer_sizes);
                class_rows = metal::uint4(_e74, _e76, _e78, _e80);
                store_features(samples_1, state_1, weights, scratch, scratch_at, _buffer_sizes);
                source = 0u;
            }
            uint _e84 = source;
            if (is_out) {
                local_3 = passes == 2u;
            } else {
                local_3 = false;
            }
            bool _e91 = local_3;
            uint target_at = WIDTH - (_e91 ? WIDTH : _e84);
            uint inner = is_input ? INNER : HIDDEN;
            uint stride = is_out ? QUADS : HIDDEN_QUADS;
            uint hidden_at = is_input ? PROJ_IN_AT : (BLOCKS_AT + (((layer_3 - 1u) * HIDDEN) * HIDDEN_QUADS));
            uint weights_at = is_out ? PROJ_OUT_AT : hidden_at;
            column = 0u;
            uint2 loop_bound_9 = uint2(4294967295u);
            bool loop_init_9 = true;
            while(true) {
                if (metal::all(loop_bound_9 == uint2(0u))) { break; }
                loop_bound_9 -= uint2(loop_bound_9.y == 0u, 1u);
                if (!loop_init_9) {
                    uint _e1645 = column;
                    column = _e1645 + COLUMNS;
                }
                loop_init_9 = false;
                uint _e114 = column;
                if (_e114 < stride) {
                } else {
                    break;
                }
                {
                    acc_0_0_0_ = metal::float4(0.0);
                    acc_0_0_1_ = metal::float4(0.0);
                    acc_0_0_2_ = metal::float4(0.0);
                    acc_0_0_3_ = metal::float4(0.0);
                    uint _e128 = column;
                    uint own_at_0_ = weights_at + metal::min((_e128 + 0u) + _e33, stride - 1u);
                    acc_1_0_0_ = metal::float4(0.0);
                    acc_1_0_1_ = metal::float4(0.0);
                    acc_1_0_2_ = metal::float4(0.0);
                    acc_1_0_3_ = metal::float4(0.0);
                    uint _e148 = column;
                    uint own_at_1_ = weights_at + metal::min((_e148 + 1u) + _e33, stride - 1u);
                    acc_2_0_0_ = metal::float4(0.0);
                    acc_2_0_1_ = metal::float4(0.0);
                    acc_2_0_2_ = metal::float4(0.0);
                    acc_2_0_3_ = metal::float4(0.0);
                    uint _e168 = column;
                    uint own_at_2_ = weights_at + metal::min((_e168 + 2u) + _e33, stride - 1u);
                    acc_3_0_0_ = metal::float4(0.0);
                    acc_3_0_1_ = metal::float4(0.0);
                    acc_3_0_2_ = metal::float4(0.0);
                    acc_3_0_3_ = metal::float4(0.0);
                    uint _e188 = column;
                    uint own_at_3_ = weights_at + metal::min((_e188 + 3u) + _e33, stride - 1u);
                    acc_4_0_0_ = metal::float4(0.0);
                    acc_4_0_1_ = metal::float4(0.0);
                    acc_4_0_2_ = metal::float4(0.0);
                    acc_4_0_3_ = metal::float4(0.0);
                    uint _e208 = column;
                    uint own_at_4_ = weights_at + metal::min((_e208 + 4u) + _e33, stride - 1u);
                    acc_5_0_0_ = metal::float4(0.0);
                    acc_5_0_1_ = metal::float4(0.0);
                    acc_5_0_2_ = metal::float4(0.0);
                    acc_5_0_3_ = metal::float4(0.0);
                    uint _e228 = column;
                    uint own_at_5_ = weights_at + metal::min((_e228 + 5u) + _e33, stride - 1u);
                    acc_6_0_0_ = metal::float4(0.0);
                    acc_6_0_1_ = metal::float4(0.0);
                    acc_6_0_2_ = metal::float4(0.0);
                    acc_6_0_3_ = metal::float4(0.0);
                    uint _e248 = column;
                    uint own_at_6_ = weights_at + metal::min((_e248 + 6u) + _e33, stride - 1u);
                    acc_7_0_0_ = metal::float4(0.0);
                    acc_7_0_1_ = metal::float4(0.0);
                    acc_7_0_2_ = metal::float4(0.0);
                    acc_7_0_3_ = metal::float4(0.0);
                    uint _e268 = column;
                    uint own_at_7_ = weights_at + metal::min((_e268 + 7u) + _e33, stride - 1u);
                    k = 0u;
                    uint2 loop_bound_10 = uint2(4294967295u);
                    bool loop_init_10 = true;
                    while(true) {
                        if (metal::all(loop_bound_10 == uint2(0u))) { break; }
                        loop_bound_10 -= uint2(loop_bound_10.y == 0u, 1u);
                        if (!loop_init_10) {
                            uint _e486 = k;
                            k = _e486 + UNROLL;
                        }
                        loop_init_10 = false;
                        uint _e278 = k;
                        if (_e278 < inner) {
                        } else {
                            break;
                        }
                        {
                            uint _e280 = source;
                            uint _e281 = k;
                            metal::float4 _e285 = load_h((_e280 + _e281) + 0u, scratch, scratch_at, _buffer_sizes);
                            uint _e287 = k;
                            metal::float4 own_0_0_ = weights[metal::min(unsigned(own_at_0_ + ((_e287 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e294 = from_lane_0_(own_0_0_);
                            metal::float4 _e295 = acc_0_0_0_;
                            acc_0_0_0_ = _e295 + (_e285 * _e294.x);
                            metal::float4 _e299 = acc_0_0_1_;
                            acc_0_0_1_ = _e299 + (_e285 * _e294.y);
                            metal::float4 _e303 = acc_0_0_2_;
                            acc_0_0_2_ = _e303 + (_e285 * _e294.z);
                            metal::float4 _e307 = acc_0_0_3_;
                            acc_0_0_3_ = _e307 + (_e285 * _e294.w);
                            uint _e312 = k;
                            metal::float4 own_0_1_ = weights[metal::min(unsigned(own_at_1_ + ((_e312 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e319 = from_lane_0_(own_0_1_);
                            metal::float4 _e320 = acc_1_0_0_;
                            acc_1_0_0_ = _e320 + (_e285 * _e319.x);
                            metal::float4 _e324 = acc_1_0_1_;
                            acc_1_0_1_ = _e324 + (_e285 * _e319.y);
                            metal::float4 _e328 = acc_1_0_2_;
                            acc_1_0_2_ = _e328 + (_e285 * _e319.z);
                            metal::float4 _e332 = acc_1_0_3_;
                            acc_1_0_3_ = _e332 + (_e285 * _e319.w);
                            uint _e337 = k;
                            metal::float4 own_0_2_ = weights[metal::min(unsigned(own_at_2_ + ((_e337 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e344 = from_lane_0_(own_0_2_);
                            metal::float4 _e345 = acc_2_0_0_;
                            acc_2_0_0_ = _e345 + (_e285 * _e344.x);
                            metal::float4 _e349 = acc_2_0_1_;
                            acc_2_0_1_ = _e349 + (_e285 * _e344.y);
                            metal::float4 _e353 = acc_2_0_2_;
                            acc_2_0_2_ = _e353 + (_e285 * _e344.z);
                            metal::float4 _e357 = acc_2_0_3_;
                            acc_2_0_3_ = _e357 + (_e285 * _e344.w);
                            uint _e362 = k;
                            metal::float4 own_0_3_ = weights[metal::min(unsigned(own_at_3_ + ((_e362 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e369 = from_lane_0_(own_0_3_);
                            metal::float4 _e370 = acc_3_0_0_;
                            acc_3_0_0_ = _e370 + (_e285 * _e369.x);
                            metal::float4 _e374 = acc_3_0_1_;
                            acc_3_0_1_ = _e374 + (_e285 * _e369.y);
                            metal::float4 _e378 = acc_3_0_2_;
                            acc_3_0_2_ = _e378 + (_e285 * _e369.z);
                            metal::float4 _e382 = acc_3_0_3_;
                            acc_3_0_3_ = _e382 + (_e285 * _e369.w);
                            uint _e387 = k;
                            metal::float4 own_0_4_ = weights[metal::min(unsigned(own_at_4_ + ((_e387 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e394 = from_lane_0_(own_0_4_);
                            metal::float4 _e395 = acc_4_0_0_;
                            acc_4_0_0_ = _e395 + (_e285 * _e394.x);
                            metal::float4 _e399 = acc_4_0_1_;
                            acc_4_0_1_ = _e399 + (_e285 * _e394.y);
                            metal::float4 _e403 = acc_4_0_2_;
                            acc_4_0_2_ = _e403 + (_e285 * _e394.z);
                            metal::float4 _e407 = acc_4_0_3_;
                            acc_4_0_3_ = _e407 + (_e285 * _e394.w);
                            uint _e412 = k;
                            metal::float4 own_0_5_ = weights[metal::min(unsigned(own_at_5_ + ((_e412 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e419 = from_lane_0_(own_0_5_);
                            metal::float4 _e420 = acc_5_0_0_;
                            acc_5_0_0_ = _e420 + (_e285 * _e419.x);
                            metal::float4 _e424 = acc_5_0_1_;
                            acc_5_0_1_ = _e424 + (_e285 * _e419.y);
                            metal::float4 _e428 = acc_5_0_2_;
                            acc_5_0_2_ = _e428 + (_e285 * _e419.z);
                            metal::float4 _e432 = acc_5_0_3_;
                            acc_5_0_3_ = _e432 + (_e285 * _e419.w);
                            uint _e437 = k;
                            metal::float4 own_0_6_ = weights[metal::min(unsigned(own_at_6_ + ((_e437 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e444 = from_lane_0_(own_0_6_);
                            metal::float4 _e445 = acc_6_0_0_;
                            acc_6_0_0_ = _e445 + (_e285 * _e444.x);
                            metal::float4 _e449 = acc_6_0_1_;
                            acc_6_0_1_ = _e449 + (_e285 * _e444.y);
                            metal::float4 _e453 = acc_6_0_2_;
                            acc_6_0_2_ = _e453 + (_e285 * _e444.z);
                            metal::float4 _e457 = acc_6_0_3_;
                            acc_6_0_3_ = _e457 + (_e285 * _e444.w);
                            uint _e462 = k;
                            metal::float4 own_0_7_ = weights[metal::min(unsigned(own_at_7_ + ((_e462 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e469 = from_lane_0_(own_0_7_);
                            metal::float4 _e470 = acc_7_0_0_;
                            acc_7_0_0_ = _e470 + (_e285 * _e469.x);
                            metal::float4 _e474 = acc_7_0_1_;
                            acc_7_0_1_ = _e474 + (_e285 * _e469.y);
                            metal::float4 _e478 = acc_7_0_2_;
                            acc_7_0_2_ = _e478 + (_e285 * _e469.z);
                            metal::float4 _e482 = acc_7_0_3_;
                            acc_7_0_3_ = _e482 + (_e285 * _e469.w);
                        }
                    }
                    if (is_out) {
                        metal::float4 _e493 = acc_0_0_0_;
                        store_h((target_at + 0u) + 0u, _e493, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e498 = acc_0_0_1_;
                        store_h((target_at + 0u) + 1u, _e498, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e503 = acc_0_0_2_;
                        store_h((target_at + 0u) + 2u, _e503, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e508 = acc_0_0_3_;
                        store_h((target_at + 0u) + 3u, _e508, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e513 = acc_1_0_0_;
                        store_h((target_at + 4u) + 0u, _e513, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e518 = acc_1_0_1_;
                        store_h((target_at + 4u) + 1u, _e518, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e523 = acc_1_0_2_;
                        store_h((target_at + 4u) + 2u, _e523, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e528 = acc_1_0_3_;
                        store_h((target_at + 4u) + 3u, _e528, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e533 = acc_2_0_0_;
                        store_h((target_at + 8u) + 0u, _e533, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e538 = acc_2_0_1_;
                        store_h((target_at + 8u) + 1u, _e538, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e543 = acc_2_0_2_;
                        store_h((target_at + 8u) + 2u, _e543, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e548 = acc_2_0_3_;
                        store_h((target_at + 8u) + 3u, _e548, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e553 = acc_3_0_0_;
                        store_h((target_at + 12u) + 0u, _e553, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e558 = acc_3_0_1_;
                        store_h((target_at + 12u) + 1u, _e558, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e563 = acc_3_0_2_;
                        store_h((target_at + 12u) + 2u, _e563, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e568 = acc_3_0_3_;
                        store_h((target_at + 12u) + 3u, _e568, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e573 = acc_4_0_0_;
                        store_h((target_at + 16u) + 0u, _e573, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e578 = acc_4_0_1_;
                        store_h((target_at + 16u) + 1u, _e578, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e583 = acc_4_0_2_;
                        store_h((target_at + 16u) + 2u, _e583, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e588 = acc_4_0_3_;
                        store_h((target_at + 16u) + 3u, _e588, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e593 = acc_5_0_0_;
                        store_h((target_at + 20u) + 0u, _e593, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e598 = acc_5_0_1_;
                        store_h((target_at + 20u) + 1u, _e598, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e603 = acc_5_0_2_;
                        store_h((target_at + 20u) + 2u, _e603, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e608 = acc_5_0_3_;
                        store_h((target_at + 20u) + 3u, _e608, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e613 = acc_6_0_0_;
                        store_h((target_at + 24u) + 0u, _e613, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e618 = acc_6_0_1_;
                        store_h((target_at + 24u) + 1u, _e618, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e623 = acc_6_0_2_;
                        store_h((target_at + 24u) + 2u, _e623, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e628 = acc_6_0_3_;
                        store_h((target_at + 24u) + 3u, _e628, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e633 = acc_7_0_0_;
                        store_h((target_at + 28u) + 0u, _e633, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e638 = acc_7_0_1_;
                        store_h((target_at + 28u) + 1u, _e638, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e643 = acc_7_0_2_;
                        store_h((target_at + 28u) + 2u, _e643, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e648 = acc_7_0_3_;
                        store_h((target_at + 28u) + 3u, _e648, scratch, scratch_at, _buffer_sizes);
                        uint _e649 = column;
                        quad_ = _e649;
                        uint2 loop_bound_11 = uint2(4294967295u);
                        bool loop_init_11 = true;
                        while(true) {
                            if (metal::all(loop_bound_11 == uint2(0u))) { break; }
                            loop_bound_11 -= uint2(loop_bound_11.y == 0u, 1u);
                            if (!loop_init_11) {
                                uint _e707 = quad_;
                                quad_ = _e707 + 1u;
                            }
                            loop_init_11 = false;
                            uint _e651 = quad_;
                            uint _e652 = column;
                            if (_e651 < metal::min(_e652 + COLUMNS, QUADS)) {
                            } else {
                                break;
                            }
                            {
                                uint _e658 = quad_;
                                uint _e659 = column;
                                uint at_4 = target_at + ((_e658 - _e659) * 4u);
                                metal::float4 _e664 = load_h(at_4, scratch, scratch_at, _buffer_sizes);
                                metal::float4 _e667 = load_h(at_4 + 1u, scratch, scratch_at, _buffer_sizes);
                                metal::float4 _e670 = load_h(at_4 + 2u, scratch, scratch_at, _buffer_sizes);
                                metal::float4 _e673 = load_h(at_4 + 3u, scratch, scratch_at, _buffer_sizes);
                                metal::float4x4 out_2 = metal::transpose(metal::float4x4(_e664, _e667, _e670, _e673));
                                uint _e678 = quad_;
                                metal::float4 out_bias = weights[metal::min(unsigned(PROJ_OUT_BIAS_AT + _e678), (_buffer_sizes.size5 - 0 - 16) / 16)];
                                i = 0u;
                                uint2 loop_bound_12 = uint2(4294967295u);
                                bool loop_init_12 = true;
                                while(true) {
                                    if (metal::all(loop_bound_12 == uint2(0u))) { break; }
                                    loop_bound_12 -= uint2(loop_bound_12.y == 0u, 1u);
                                    if (!loop_init_12) {
                                        uint _e704 = i;
                                        i = _e704 + 1u;
                                    }
                                    loop_init_12 = false;
                                    uint _e684 = i;
                                    if (_e684 < 4u) {
                                        uint _e689 = i;
                                        uint _e693 = run.count;
                                        local_4 = (first_4 + _e689) < _e693;
                                    } else {
                                        local_4 = false;
                                    }
                                    bool _e696 = local_4;
                                    if (_e696) {
                                    } else {
                                        break;
                                    }
                                    {
                                        uint _e697 = i;
                                        uint _e699 = quad_;
                                        uint _e700 = i;
                                        update_quad(first_4 + _e697, _e699, out_2[metal::min(unsigned(_e700), 3u)] + out_bias, run, step, normal_table, state_1, x0_, _buffer_sizes);
                                    }
                                }
                            }
                        }
                    } else {
                        uint _e709 = column;
                        metal::float4 _e713 = time_bias(layer_3, (_e709 + 0u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e714 = from_lane_0_(_e713);
                        metal::uint4 _e715 = class_rows;
                        uint _e716 = column;
                        metal::float4x4 _e721 = class_biases(layer_3, _e715, (_e716 + 0u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e722 = column;
                            uint at_5 = (((_e722 + 0u) + 0u) * 4u) + 0u;
                            metal::float4 _e731 = acc_0_0_0_;
                            metal::float4 _e737 = activate((_e731 + metal::float4(_e714.x)) + _e721[0]);
                            value = _e737;
                            if (layer_3 > 0u) {
                                metal::float4 _e741 = value;
                                uint _e742 = source;
                                metal::float4 _e744 = load_h(_e742 + at_5, scratch, scratch_at, _buffer_sizes);
                                value = _e741 + _e744;
                            }
                            metal::float4 _e747 = value;
                            store_h(target_at + at_5, _e747, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e748 = column;
                            uint at_6 = (((_e748 + 0u) + 0u) * 4u) + 1u;
                            metal::float4 _e757 = acc_0_0_1_;
                            metal::float4 _e763 = activate((_e757 + metal::float4(_e714.y)) + _e721[1]);
                            value_1 = _e763;
                            if (layer_3 > 0u) {
                                metal::float4 _e767 = value_1;
                                uint _e768 = source;
                                metal::float4 _e770 = load_h(_e768 + at_6, scratch, scratch_at, _buffer_sizes);
                                value_1 = _e767 + _e770;
                            }
                            metal::float4 _e773 = value_1;
                            store_h(target_at + at_6, _e773, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e774 = column;
                            uint at_7 = (((_e774 + 0u) + 0u) * 4u) + 2u;
                            metal::float4 _e783 = acc_0_0_2_;
                            metal::float4 _e789 = activate((_e783 + metal::float4(_e714.z)) + _e721[2]);
                            value_2 = _e789;
                            if (layer_3 > 0u) {
                                metal::float4 _e793 = value_2;
                                uint _e794 = source;
                                metal::float4 _e796 = load_h(_e794 + at_7, scratch, scratch_at, _buffer_sizes);
                                value_2 = _e793 + _e796;
                            }
                            metal::float4 _e799 = value_2;
                            store_h(target_at + at_7, _e799, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e800 = column;
                            uint at_8 = (((_e800 + 0u) + 0u) * 4u) + 3u;
                            metal::float4 _e809 = acc_0_0_3_;
                            metal::float4 _e815 = activate((_e809 + metal::float4(_e714.w)) + _e721[3]);
                            value_3 = _e815;
                            if (layer_3 > 0u) {
                                metal::float4 _e819 = value_3;
                                uint _e820 = source;
                                metal::float4 _e822 = load_h(_e820 + at_8, scratch, scratch_at, _buffer_sizes);
                                value_3 = _e819 + _e822;
                            }
                            metal::float4 _e825 = value_3;
                            store_h(target_at + at_8, _e825, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e826 = column;
                        metal::float4 _e830 = time_bias(layer_3, (_e826 + 1u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e831 = from_lane_0_(_e830);
                        metal::uint4 _e832 = class_rows;
                        uint _e833 = column;
                        metal::float4x4 _e838 = class_biases(layer_3, _e832, (_e833 + 1u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e839 = column;
                            uint at_9 = (((_e839 + 1u) + 0u) * 4u) + 0u;
                            metal::float4 _e848 = acc_1_0_0_;
                            metal::float4 _e854 = activate((_e848 + metal::float4(_e831.x)) + _e838[0]);
                            value_4 = _e854;
                            if (layer_3 > 0u) {
                                metal::float4 _e858 = value_4;
                                uint _e859 = source;
                                metal::float4 _e861 = load_h(_e859 + at_9, scratch, scratch_at, _buffer_sizes);
                                value_4 = _e858 + _e861;
                            }
                            metal::float4 _e864 = value_4;
                            store_h(target_at + at_9, _e864, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e865 = column;
                            uint at_10 = (((_e865 + 1u) + 0u) * 4u) + 1u;
                            metal::float4 _e874 = acc_1_0_1_;
                            metal::float4 _e880 = activate((_e874 + metal::float4(_e831.y)) + _e838[1]);
                            value_5 = _e880;
                            if (layer_3 > 0u) {
                                metal::float4 _e884 = value_5;
                                uint _e885 = source;
                                metal::float4 _e887 = load_h(_e885 + at_10, scratch, scratch_at, _buffer_sizes);
                                value_5 = _e884 + _e887;
                            }
                            metal::float4 _e890 = value_5;
                            store_h(target_at + at_10, _e890, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e891 = column;
                            uint at_11 = (((_e891 + 1u) + 0u) * 4u) + 2u;
                            metal::float4 _e900 = acc_1_0_2_;
                            metal::float4 _e906 = activate((_e900 + metal::float4(_e831.z)) + _e838[2]);
                            value_6 = _e906;
                            if (layer_3 > 0u) {
                                metal::float4 _e910 = value_6;
                                uint _e911 = source;
                                metal::float4 _e913 = load_h(_e911 + at_11, scratch, scratch_at, _buffer_sizes);
                                value_6 = _e910 + _e913;
                            }
                            metal::float4 _e916 = value_6;
                            store_h(target_at + at_11, _e916, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e917 = column;
                            uint at_12 = (((_e917 + 1u) + 0u) * 4u) + 3u;
                            metal::float4 _e926 = acc_1_0_3_;
                            metal::float4 _e932 = activate((_e926 + metal::float4(_e831.w)) + _e838[3]);
                            value_7 = _e932;
                            if (layer_3 > 0u) {
                                metal::float4 _e936 = value_7;
                                uint _e937 = source;
                                metal::float4 _e939 = load_h(_e937 + at_12, scratch, scratch_at, _buffer_sizes);
                                value_7 = _e936 + _e939;
                            }
                            metal::float4 _e942 = value_7;
                            store_h(target_at + at_12, _e942, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e943 = column;
                        metal::float4 _e947 = time_bias(layer_3, (_e943 + 2u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e948 = from_lane_0_(_e947);
                        metal::uint4 _e949 = class_rows;
                        uint _e950 = column;
                        metal::float4x4 _e955 = class_biases(layer_3, _e949, (_e950 + 2u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e956 = column;
                            uint at_13 = (((_e956 + 2u) + 0u) * 4u) + 0u;
                            metal::float4 _e965 = acc_2_0_0_;
                            metal::float4 _e971 = activate((_e965 + metal::float4(_e948.x)) + _e955[0]);
                            value_8 = _e971;
                            if (layer_3 > 0u) {
                                metal::float4 _e975 = value_8;
                                uint _e976 = source;
                                metal::float4 _e978 = load_h(_e976 + at_13, scratch, scratch_at, _buffer_sizes);
                                value_8 = _e975 + _e978;
                            }
                            metal::float4 _e981 = value_8;
                            store_h(target_at + at_13, _e981, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e982 = column;
                            uint at_14 = (((_e982 + 2u) + 0u) * 4u) + 1u;
                            metal::float4 _e991 = acc_2_0_1_;
                            metal::float4 _e997 = activate((_e991 + metal::float4(_e948.y)) + _e955[1]);
                            value_9 = _e997;
                            if (layer_3 > 0u) {
                                metal::float4 _e1001 = value_9;
                                uint _e1002 = source;
                                metal::float4 _e1004 = load_h(_e1002 + at_14, scratch, scratch_at, _buffer_sizes);
                                value_9 = _e1001 + _e1004;
                            }
                            metal::float4 _e1007 = value_9;
                            store_h(target_at + at_14, _e1007, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1008 = column;
                            uint at_15 = (((_e1008 + 2u) + 0u) * 4u) + 2u;
                            metal::float4 _e1017 = acc_2_0_2_;
                            metal::float4 _e1023 = activate((_e1017 + metal::float4(_e948.z)) + _e955[2]);
                            value_10 = _e1023;
                            if (layer_3 > 0u) {
                                metal::float4 _e1027 = value_10;
                                uint _e1028 = source;
                                metal::float4 _e1030 = load_h(_e1028 + at_15, scratch, scratch_at, _buffer_sizes);
                                value_10 = _e1027 + _e1030;
                            }
                            metal::float4 _e1033 = value_10;
                            store_h(target_at + at_15, _e1033, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1034 = column;
                            uint at_16 = (((_e1034 + 2u) + 0u) * 4u) + 3u;
                            metal::float4 _e1043 = acc_2_0_3_;
                            metal::float4 _e1049 = activate((_e1043 + metal::float4(_e948.w)) + _e955[3]);
                            value_11 = _e1049;
                            if (layer_3 > 0u) {
                                metal::float4 _e1053 = value_11;
                                uint _e1054 = source;
                                metal::float4 _e1056 = load_h(_e1054 + at_16, scratch, scratch_at, _buffer_sizes);
                                value_11 = _e1053 + _e1056;
                            }
                            metal::float4 _e1059 = value_11;
                            store_h(target_at + at_16, _e1059, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1060 = column;
                        metal::float4 _e1064 = time_bias(layer_3, (_e1060 + 3u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e1065 = from_lane_0_(_e1064);
                        metal::uint4 _e1066 = class_rows;
                        uint _e1067 = column;
                        metal::float4x4 _e1072 = class_biases(layer_3, _e1066, (_e1067 + 3u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1073 = column;
                            uint at_17 = (((_e1073 + 3u) + 0u) * 4u) + 0u;
                            metal::float4 _e1082 = acc_3_0_0_;
                            metal::float4 _e1088 = activate((_e1082 + metal::float4(_e1065.x)) + _e1072[0]);
                            value_12 = _e1088;
                            if (layer_3 > 0u) {
                                metal::float4 _e1092 = value_12;
                                uint _e1093 = source;
                                metal::float4 _e1095 = load_h(_e1093 + at_17, scratch, scratch_at, _buffer_sizes);
                                value_12 = _e1092 + _e1095;
                            }
                            metal::float4 _e1098 = value_12;
                            store_h(target_at + at_17, _e1098, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1099 = column;
                            uint at_18 = (((_e1099 + 3u) + 0u) * 4u) + 1u;
                            metal::float4 _e1108 = acc_3_0_1_;
                            metal::float4 _e1114 = activate((_e1108 + metal::float4(_e1065.y)) + _e1072[1]);
                            value_13 = _e1114;
                            if (layer_3 > 0u) {
                                metal::float4 _e1118 = value_13;
                                uint _e1119 = source;
                                metal::float4 _e1121 = load_h(_e1119 + at_18, scratch, scratch_at, _buffer_sizes);
                                value_13 = _e1118 + _e1121;
                            }
                            metal::float4 _e1124 = value_13;
                            store_h(target_at + at_18, _e1124, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1125 = column;
                            uint at_19 = (((_e1125 + 3u) + 0u) * 4u) + 2u;
                            metal::float4 _e1134 = acc_3_0_2_;
                            metal::float4 _e1140 = activate((_e1134 + metal::float4(_e1065.z)) + _e1072[2]);
                            value_14 = _e1140;
                            if (layer_3 > 0u) {
                                metal::float4 _e1144 = value_14;
                                uint _e1145 = source;
                                metal::float4 _e1147 = load_h(_e1145 + at_19, scratch, scratch_at, _buffer_sizes);
                                value_14 = _e1144 + _e1147;
                            }
                            metal::float4 _e1150 = value_14;
                            store_h(target_at + at_19, _e1150, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1151 = column;
                            uint at_20 = (((_e1151 + 3u) + 0u) * 4u) + 3u;
                            metal::float4 _e1160 = acc_3_0_3_;
                            metal::float4 _e1166 = activate((_e1160 + metal::float4(_e1065.w)) + _e1072[3]);
                            value_15 = _e1166;
                            if (layer_3 > 0u) {
                                metal::float4 _e1170 = value_15;
                                uint _e1171 = source;
                                metal::float4 _e1173 = load_h(_e1171 + at_20, scratch, scratch_at, _buffer_sizes);
                                value_15 = _e1170 + _e1173;
                            }
                            metal::float4 _e1176 = value_15;
                            store_h(target_at + at_20, _e1176, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1177 = column;
                        metal::float4 _e1181 = time_bias(layer_3, (_e1177 + 4u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e1182 = from_lane_0_(_e1181);
                        metal::uint4 _e1183 = class_rows;
                        uint _e1184 = column;
                        metal::float4x4 _e1189 = class_biases(layer_3, _e1183, (_e1184 + 4u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1190 = column;
                            uint at_21 = (((_e1190 + 4u) + 0u) * 4u) + 0u;
                            metal::float4 _e1199 = acc_4_0_0_;
                            metal::float4 _e1205 = activate((_e1199 + metal::float4(_e1182.x)) + _e1189[0]);
                            value_16 = _e1205;
                            if (layer_3 > 0u) {
                                metal::float4 _e1209 = value_16;
                                uint _e1210 = source;
                                metal::float4 _e1212 = load_h(_e1210 + at_21, scratch, scratch_at, _buffer_sizes);
                                value_16 = _e1209 + _e1212;
                            }
                            metal::float4 _e1215 = value_16;
                            store_h(target_at + at_21, _e1215, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1216 = column;
                            uint at_22 = (((_e1216 + 4u) + 0u) * 4u) + 1u;
                            metal::float4 _e1225 = acc_4_0_1_;
                            metal::float4 _e1231 = activate((_e1225 + metal::float4(_e1182.y)) + _e1189[1]);
                            value_17 = _e1231;
                            if (layer_3 > 0u) {
                                metal::float4 _e1235 = value_17;
                                uint _e1236 = source;
                                metal::float4 _e1238 = load_h(_e1236 + at_22, scratch, scratch_at, _buffer_sizes);
                                value_17 = _e1235 + _e1238;
                            }
                            metal::float4 _e1241 = value_17;
                            store_h(target_at + at_22, _e1241, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1242 = column;
                            uint at_23 = (((_e1242 + 4u) + 0u) * 4u) + 2u;
                            metal::float4 _e1251 = acc_4_0_2_;
                            metal::float4 _e1257 = activate((_e1251 + metal::float4(_e1182.z)) + _e1189[2]);
                            value_18 = _e1257;
                            if (layer_3 > 0u) {
                                metal::float4 _e1261 = value_18;
                                uint _e1262 = source;
                                metal::float4 _e1264 = load_h(_e1262 + at_23, scratch, scratch_at, _buffer_sizes);
                                value_18 = _e1261 + _e1264;
                            }
                            metal::float4 _e1267 = value_18;
                            store_h(target_at + at_23, _e1267, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1268 = column;
                            uint at_24 = (((_e1268 + 4u) + 0u) * 4u) + 3u;
                            metal::float4 _e1277 = acc_4_0_3_;
                            metal::float4 _e1283 = activate((_e1277 + metal::float4(_e1182.w)) + _e1189[3]);
                            value_19 = _e1283;
                            if (layer_3 > 0u) {
                                metal::float4 _e1287 = value_19;
                                uint _e1288 = source;
                                metal::float4 _e1290 = load_h(_e1288 + at_24, scratch, scratch_at, _buffer_sizes);
                                value_19 = _e1287 + _e1290;
                            }
                            metal::float4 _e1293 = value_19;
                            store_h(target_at + at_24, _e1293, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1294 = column;
                        metal::float4 _e1298 = time_bias(layer_3, (_e1294 + 5u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e1299 = from_lane_0_(_e1298);
                        metal::uint4 _e1300 = class_rows;
                        uint _e1301 = column;
                        metal::float4x4 _e1306 = class_biases(layer_3, _e1300, (_e1301 + 5u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1307 = column;
                            uint at_25 = (((_e1307 + 5u) + 0u) * 4u) + 0u;
                            metal::float4 _e1316 = acc_5_0_0_;
                            metal::float4 _e1322 = activate((_e1316 + metal::float4(_e1299.x)) + _e1306[0]);
                            value_20 = _e1322;
                            if (layer_3 > 0u) {
                                metal::float4 _e1326 = value_20;
                                uint _e1327 = source;
                                metal::float4 _e1329 = load_h(_e1327 + at_25, scratch, scratch_at, _buffer_sizes);
                                value_20 = _e1326 + _e1329;
                            }
                            metal::float4 _e1332 = value_20;
                            store_h(target_at + at_25, _e1332, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1333 = column;
                            uint at_26 = (((_e1333 + 5u) + 0u) * 4u) + 1u;
                            metal::float4 _e1342 = acc_5_0_1_;
                            metal::float4 _e1348 = activate((_e1342 + metal::float4(_e1299.y)) + _e1306[1]);
                            value_21 = _e1348;
                            if (layer_3 > 0u) {
                                metal::float4 _e1352 = value_21;
                                uint _e1353 = source;
                                metal::float4 _e1355 = load_h(_e1353 + at_26, scratch, scratch_at, _buffer_sizes);
                                value_21 = _e1352 + _e1355;
                            }
                            metal::float4 _e1358 = value_21;
                            store_h(target_at + at_26, _e1358, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1359 = column;
                            uint at_27 = (((_e1359 + 5u) + 0u) * 4u) + 2u;
                            metal::float4 _e1368 = acc_5_0_2_;
                            metal::float4 _e1374 = activate((_e1368 + metal::float4(_e1299.z)) + _e1306[2]);
                            value_22 = _e1374;
                            if (layer_3 > 0u) {
                                metal::float4 _e1378 = value_22;
                                uint _e1379 = source;
                                metal::float4 _e1381 = load_h(_e1379 + at_27, scratch, scratch_at, _buffer_sizes);
                                value_22 = _e1378 + _e1381;
                            }
                            metal::float4 _e1384 = value_22;
                            store_h(target_at + at_27, _e1384, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1385 = column;
                            uint at_28 = (((_e1385 + 5u) + 0u) * 4u) + 3u;
                            metal::float4 _e1394 = acc_5_0_3_;
                            metal::float4 _e1400 = activate((_e1394 + metal::float4(_e1299.w)) + _e1306[3]);
                            value_23 = _e1400;
                            if (layer_3 > 0u) {
                                metal::float4 _e1404 = value_23;
                                uint _e1405 = source;
                                metal::float4 _e1407 = load_h(_e1405 + at_28, scratch, scratch_at, _buffer_sizes);
                                value_23 = _e1404 + _e1407;
                            }
                            metal::float4 _e1410 = value_23;
                            store_h(target_at + at_28, _e1410, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1411 = column;
                        metal::float4 _e1415 = time_bias(layer_3, (_e1411 + 6u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e1416 = from_lane_0_(_e1415);
                        metal::uint4 _e1417 = class_rows;
                        uint _e1418 = column;
                        metal::float4x4 _e1423 = class_biases(layer_3, _e1417, (_e1418 + 6u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1424 = column;
                            uint at_29 = (((_e1424 + 6u) + 0u) * 4u) + 0u;
                            metal::float4 _e1433 = acc_6_0_0_;
                            metal::float4 _e1439 = activate((_e1433 + metal::float4(_e1416.x)) + _e1423[0]);
                            value_24 = _e1439;
                            if (layer_3 > 0u) {
                                metal::float4 _e1443 = value_24;
                                uint _e1444 = source;
                                metal::float4 _e1446 = load_h(_e1444 + at_29, scratch, scratch_at, _buffer_sizes);
                                value_24 = _e1443 + _e1446;
                            }
                            metal::float4 _e1449 = value_24;
                            store_h(target_at + at_29, _e1449, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1450 = column;
                            uint at_30 = (((_e1450 + 6u) + 0u) * 4u) + 1u;
                            metal::float4 _e1459 = acc_6_0_1_;
                            metal::float4 _e1465 = activate((_e1459 + metal::float4(_e1416.y)) + _e1423[1]);
                            value_25 = _e1465;
                            if (layer_3 > 0u) {
                                metal::float4 _e1469 = value_25;
                                uint _e1470 = source;
                                metal::float4 _e1472 = load_h(_e1470 + at_30, scratch, scratch_at, _buffer_sizes);
                                value_25 = _e1469 + _e1472;
                            }
                            metal::float4 _e1475 = value_25;
                            store_h(target_at + at_30, _e1475, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1476 = column;
                            uint at_31 = (((_e1476 + 6u) + 0u) * 4u) + 2u;
                            metal::float4 _e1485 = acc_6_0_2_;
                            metal::float4 _e1491 = activate((_e1485 + metal::float4(_e1416.z)) + _e1423[2]);
                            value_26 = _e1491;
                            if (layer_3 > 0u) {
                                metal::float4 _e1495 = value_26;
                                uint _e1496 = source;
                                metal::float4 _e1498 = load_h(_e1496 + at_31, scratch, scratch_at, _buffer_sizes);
                                value_26 = _e1495 + _e1498;
                            }
                            metal::float4 _e1501 = value_26;
                            store_h(target_at + at_31, _e1501, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1502 = column;
                            uint at_32 = (((_e1502 + 6u) + 0u) * 4u) + 3u;
                            metal::float4 _e1511 = acc_6_0_3_;
                            metal::float4 _e1517 = activate((_e1511 + metal::float4(_e1416.w)) + _e1423[3]);
                            value_27 = _e1517;
                            if (layer_3 > 0u) {
                                metal::float4 _e1521 = value_27;
                                uint _e1522 = source;
                                metal::float4 _e1524 = load_h(_e1522 + at_32, scratch, scratch_at, _buffer_sizes);
                                value_27 = _e1521 + _e1524;
                            }
                            metal::float4 _e1527 = value_27;
                            store_h(target_at + at_32, _e1527, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1528 = column;
                        metal::float4 _e1532 = time_bias(layer_3, (_e1528 + 7u) + _e33, step, biases, _buffer_sizes);
                        metal::float4 _e1533 = from_lane_0_(_e1532);
                        metal::uint4 _e1534 = class_rows;
                        uint _e1535 = column;
                        metal::float4x4 _e1540 = class_biases(layer_3, _e1534, (_e1535 + 7u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1541 = column;
                            uint at_33 = (((_e1541 + 7u) + 0u) * 4u) + 0u;
                            metal::float4 _e1550 = acc_7_0_0_;
                            metal::float4 _e1556 = activate((_e1550 + metal::float4(_e1533.x)) + _e1540[0]);
                            value_28 = _e1556;
                            if (layer_3 > 0u) {
                                metal::float4 _e1560 = value_28;
                                uint _e1561 = source;
                                metal::float4 _e1563 = load_h(_e1561 + at_33, scratch, scratch_at, _buffer_sizes);
                                value_28 = _e1560 + _e1563;
                            }
                            metal::float4 _e1566 = value_28;
                            store_h(target_at + at_33, _e1566, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1567 = column;
                            uint at_34 = (((_e1567 + 7u) + 0u) * 4u) + 1u;
                            metal::float4 _e1576 = acc_7_0_1_;
                            metal::float4 _e1582 = activate((_e1576 + metal::float4(_e1533.y)) + _e1540[1]);
                            value_29 = _e1582;
                            if (layer_3 > 0u) {
                                metal::float4 _e1586 = value_29;
                                uint _e1587 = source;
                                metal::float4 _e1589 = load_h(_e1587 + at_34, scratch, scratch_at, _buffer_sizes);
                                value_29 = _e1586 + _e1589;
                            }
                            metal::float4 _e1592 = value_29;
                            store_h(target_at + at_34, _e1592, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1593 = column;
                            uint at_35 = (((_e1593 + 7u) + 0u) * 4u) + 2u;
                            metal::float4 _e1602 = acc_7_0_2_;
                            metal::float4 _e1608 = activate((_e1602 + metal::float4(_e1533.z)) + _e1540[2]);
                            value_30 = _e1608;
                            if (layer_3 > 0u) {
                                metal::float4 _e1612 = value_30;
                                uint _e1613 = source;
                                metal::float4 _e1615 = load_h(_e1613 + at_35, scratch, scratch_at, _buffer_sizes);
                                value_30 = _e1612 + _e1615;
                            }
                            metal::float4 _e1618 = value_30;
                            store_h(target_at + at_35, _e1618, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1619 = column;
                            uint at_36 = (((_e1619 + 7u) + 0u) * 4u) + 3u;
                            metal::float4 _e1628 = acc_7_0_3_;
                            metal::float4 _e1634 = activate((_e1628 + metal::float4(_e1533.w)) + _e1540[3]);
                            value_31 = _e1634;
                            if (layer_3 > 0u) {
                                metal::float4 _e1638 = value_31;
                                uint _e1639 = source;
                                metal::float4 _e1641 = load_h(_e1639 + at_36, scratch, scratch_at, _buffer_sizes);
                                value_31 = _e1638 + _e1641;
                            }
                            metal::float4 _e1644 = value_31;
                            store_h(target_at + at_36, _e1644, scratch, scratch_at, _buffer_sizes);
                        }
                    }
                }
            }
            source = target_at;
            if (passes == 2u) {
                local_5 = layer_3 == 0u;
            } else {
                local_5 = false;
            }
            bool _e1655 = local_5;
            if (_e1655) {
                local_6 = !(is_out);
            } else {
                local_6 = false;
            }
            bool _e1660 = local_6;
            if (_e1660) {
                k_1 = 0u;
                uint2 loop_bound_13 = uint2(4294967295u);
                bool loop_init_13 = true;
                while(true) {
                    if (metal::all(loop_bound_13 == uint2(0u))) { break; }
                    loop_bound_13 -= uint2(loop_bound_13.y == 0u, 1u);
                    if (!loop_init_13) {
                        uint _e1699 = k_1;
                        k_1 = _e1699 + 1u;
                    }
                    loop_init_13 = false;
                    uint _e1663 = k_1;
                    if (_e1663 < HIDDEN) {
                    } else {
                        break;
                    }
                    {
                        uint _e1666 = stage;
                        if (_e1666 < LAYERS) {
                            uint _e1670 = k_1;
                            float _e1674 = run.guidance;
                            uint _e1675 = source;
                            uint _e1676 = k_1;
                            metal::float4 _e1678 = load_h(_e1675 + _e1676, scratch, scratch_at, _buffer_sizes);
                            store_h(64u + _e1670, _e1674 * _e1678, scratch, scratch_at, _buffer_sizes);
                        } else {
                            uint _e1681 = k_1;
                            uint _e1684 = k_1;
                            metal::float4 _e1686 = load_h(64u + _e1684, scratch, scratch_at, _buffer_sizes);
                            float _e1689 = run.guidance;
                            uint _e1692 = source;
                            uint _e1693 = k_1;
                            metal::float4 _e1695 = load_h(_e1692 + _e1693, scratch, scratch_at, _buffer_sizes);
                            store_h(64u + _e1681, _e1686 + ((1.0 - _e1689) * _e1695), scratch, scratch_at, _buffer_sizes);
                        }
                    }
                }
                uint _e1701 = source;
                uint _e1703 = stage;
                source = (_e1703 == (out_stage - 1u)) ? 64u : _e1701;
            }
        }
    }
    return;
}
