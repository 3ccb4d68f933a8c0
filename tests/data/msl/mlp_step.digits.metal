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
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
typedef metal::float4 Stored;
typedef Stored type_9[1];
typedef uint type_10[1];
struct type_11 {
    Stored inner[4];
};
struct type_12 {
    type_11 inner[160];
};
struct type_13 {
    type_12 inner[1];
};
struct Block {
    metal::float4 v_0_0_;
    metal::float4 v_1_0_;
    metal::float4 v_2_0_;
    metal::float4 v_3_0_;
};
struct Place {
    uint first;
    uint row_group;
    uint column;
};
struct Turn {
    uint passes;
    uint part;
};
constant uint WORKGROUP = 160u;
constant uint ROWS = 4u;
constant uint TILE_ROWS = 4u;
constant uint COLUMNS = 1u;
constant uint ROW_GROUPS = 1u;
constant uint COLUMN_GROUPS = 160u;
constant uint TILE = 4u;
constant uint FEATURE_PART = 98u;
constant uint INT64_ = 0u;
constant uint NOISE = 1u;
constant uint STEPS = 1u;
constant uint DIMS = 784u;
constant uint QUADS = 196u;
constant uint OUTPUTS = 784u;
constant uint FEATURES = 784u;
constant uint FEATURE_QUADS = 196u;
constant uint HIDDEN = 640u;
constant uint HIDDEN_QUADS = 160u;
constant uint BLOCKS = 4u;
constant uint CLASS_ROWS = 11u;
constant uint EMBEDDING = 0u;
constant uint EMBEDDING_COSINE_FIRST = 0u;
constant uint PROJ_IN_AT = 0u;
constant uint BLOCKS_AT = 125440u;
constant uint PROJ_OUT_AT = 535040u;
constant uint PROJ_OUT_BIAS_AT = 0u;
constant uint FREQUENCIES_AT = 196u;
constant uint BIASES_AT = 196u;
constant uint HALF = 0u;
constant uint LAYERS = 5u;

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
    uint component_1 = (segment & 1u) * 2u;
    uint _e10 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component_1), 3u)];
    uint _e16 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component_1 + 1u), 3u)];
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

metal::float4 load_state(
    uint sample_1,
    uint quad_1,
    device type_7 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e7 = state_1[metal::min(unsigned((sample_1 * QUADS) + quad_1), (_buffer_sizes.size3 - 0 - 16) / 16)];
    return _e7;
}

void store_state(
    uint sample_2,
    uint quad_2,
    metal::float4 value,
    device type_7& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    state_1[metal::min(unsigned((sample_2 * QUADS) + quad_2), (_buffer_sizes.size3 - 0 - 16) / 16)] = value;
    return;
}

metal::float4 load_x0_(
    uint sample_3,
    uint quad_3,
    device type_7 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e7 = x0_[metal::min(unsigned((sample_3 * QUADS) + quad_3), (_buffer_sizes.size4 - 0 - 16) / 16)];
    return _e7;
}

void store_x0_(
    uint sample_4,
    uint quad_4,
    metal::float4 value_1,
    device type_7& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    x0_[metal::min(unsigned((sample_4 * QUADS) + quad_4), (_buffer_sizes.size4 - 0 - 16) / 16)] = value_1;
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
    metal::float4 state_2 = (mean + (_e55 * noise)) + (_e60 * history);
    return Updated {state_2, x0_1};
}

void update_quad(
    uint sample_5,
    uint quad_5,
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
    metal::float4 _e3 = load_state(sample_5, quad_5, state_1, _buffer_sizes);
    if (true) {
        float _e12 = step.noise_scale;
        local_2 = _e12 != 0.0;
    } else {
        local_2 = false;
    }
    bool _e16 = local_2;
    if (_e16) {
        metal::uint2 _e19 = run.key;
        metal::uint2 _e20 = global_sample(sample_5, run);
        uint _e23 = step.draw;
        metal::float4 _e24 = normals4_(_e19, _e20, _e23, quad_5, normal_table);
        noise_1 = _e24;
    }
    float _e30 = step.history_scale;
    if (_e30 != 0.0) {
        metal::float4 _e33 = load_x0_(sample_5, quad_5, x0_, _buffer_sizes);
        history_1 = _e33;
    }
    metal::float4 _e34 = history_1;
    metal::float4 _e35 = noise_1;
    Updated _e36 = update(_e3, out_1, _e34, _e35, step);
    store_state(sample_5, quad_5, _e36.state, state_1, _buffer_sizes);
    store_x0_(sample_5, quad_5, _e36.x0_, x0_, _buffer_sizes);
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

metal::float4 widen(
    Stored v_4
) {
    return v_4;
}

Stored narrow(
    metal::float4 v_5
) {
    return v_5;
}

uint naga_f2u32(float value) {
    return static_cast<uint>(metal::clamp(value, 0.0, 4294967000.0));
}

float sine(
    float angle,
    uint quarters
) {
    float quarter_turns = angle * 0.63661975;
    float n = metal::rint(quarter_turns);
    float near = ((angle - (n * 1.5703125)) - (n * 0.0004837513)) - (n * 0.0000000754979);
    float far = metal::clamp((quarter_turns - n) * 1.5707964, -0.7853982, 0.7853982);
    float r_2 = (metal::abs(n) >= 65536.0) ? far : near;
    float r2_ = r_2 * r_2;
    float s = r_2 + ((r_2 * r2_) * (-0.16666655 + (r2_ * (0.008332161 - (r2_ * 0.00019515296)))));
    float c_1 = (1.0 - (0.5 * r2_)) + ((r2_ * r2_) * (0.041666646 + (r2_ * (-0.0013887316 + (r2_ * 0.000024433157)))));
    uint quadrant = (naga_f2u32(n - (4.0 * metal::floor(n * 0.25))) + quarters) & 3u;
    float value_4 = ((quadrant & 1u) == 1u) ? c_1 : s;
    return (quadrant >= 2u) ? -(value_4) : value_4;
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint component(
    uint i
) {
    return i - (naga_div(i, 4u) * 4u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

float embedded(
    uint sample_6,
    uint index,
    device type_7 const& state_1,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_3 = {};
    uint element = naga_div(index, 1u);
    uint j = naga_mod(index, 1u);
    if (!((index >= FEATURES))) {
        local_3 = j >= (2u * 0u);
    } else {
        local_3 = true;
    }
    bool _e16 = local_3;
    if (_e16) {
        return 0.0;
    }
    metal::float4 _e20 = load_state(sample_6, naga_div(element, 4u), state_1, _buffer_sizes);
    uint _e21 = component(element);
    float x_1 = _e20[metal::min(unsigned(_e21), 3u)];
    uint second = static_cast<uint>(j >= 0u);
    uint f = j - (second * 0u);
    uint _e33 = component(f);
    float _e35 = biases[metal::min(unsigned(FREQUENCIES_AT + naga_div(f, 4u)), (_buffer_sizes.size6 - 0 - 16) / 16)][metal::min(unsigned(_e33), 3u)];
    float _e39 = sine(x_1 * _e35, second ^ EMBEDDING_COSINE_FIRST);
    return _e39;
}

metal::float4 features(
    uint sample_7,
    uint quad_6,
    device type_7 const& state_1,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        metal::float4 _e3 = load_state(sample_7, quad_6, state_1, _buffer_sizes);
        return _e3;
    }
    uint i_1 = quad_6 * 4u;
    float _e6 = embedded(sample_7, i_1, state_1, biases, _buffer_sizes);
    float _e9 = embedded(sample_7, i_1 + 1u, state_1, biases, _buffer_sizes);
    float _e12 = embedded(sample_7, i_1 + 2u, state_1, biases, _buffer_sizes);
    float _e15 = embedded(sample_7, i_1 + 3u, state_1, biases, _buffer_sizes);
    return metal::float4(_e6, _e9, _e12, _e15);
}

metal::float4 time_bias(
    uint layer,
    uint quad_7,
    constant Step& step,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e7 = step.row;
    metal::float4 _e17 = biases[metal::min(unsigned((BIASES_AT + ((((CLASS_ROWS + _e7) * LAYERS) + layer) * HIDDEN_QUADS)) + quad_7), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e17;
}

metal::float4 class_bias(
    uint layer_1,
    uint class_row,
    uint quad_8,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (false) {
        return metal::float4(0.0);
    }
    metal::float4 _e16 = biases[metal::min(unsigned((BIASES_AT + (((class_row * LAYERS) + layer_1) * HIDDEN_QUADS)) + quad_8), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e16;
}

uint class_row_1(
    uint sample_8,
    uint pass_index,
    constant Run& run,
    device type_10 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (false) {
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

metal::float4 activate(
    metal::float4 v_6
) {
    metal::float4 _e1 = silu(v_6);
    return _e1;
}

uint column_quad(
    uint column,
    uint c
) {
    return column + (c * COLUMN_GROUPS);
}

Block multiply(
    Block start,
    uint weights_at,
    uint stride,
    uint inner_quads,
    uint row_group,
    uint column_1,
    device type_9 const& weights,
    threadgroup type_13& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc = {};
    uint at_0_ = {};
    uint k_1 = 0u;
    acc = start;
    uint _e8 = column_quad(column_1, 0u);
    at_0_ = weights_at + metal::min(_e8, stride - 1u);
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e163 = k_1;
            k_1 = _e163 + 1u;
        }
        loop_init = false;
        uint _e16 = k_1;
        if (_e16 < inner_quads) {
        } else {
            break;
        }
        {
            uint _e20 = k_1;
            Stored _e23 = tile.inner[metal::min(unsigned(row_group), 0u)].inner[metal::min(unsigned(_e20), 159u)].inner[0];
            metal::float4 _e24 = widen(_e23);
            uint _e27 = k_1;
            Stored _e30 = tile.inner[metal::min(unsigned(row_group), 0u)].inner[metal::min(unsigned(_e27), 159u)].inner[1];
            metal::float4 _e31 = widen(_e30);
            uint _e34 = k_1;
            Stored _e37 = tile.inner[metal::min(unsigned(row_group), 0u)].inner[metal::min(unsigned(_e34), 159u)].inner[2];
            metal::float4 _e38 = widen(_e37);
            uint _e41 = k_1;
            Stored _e44 = tile.inner[metal::min(unsigned(row_group), 0u)].inner[metal::min(unsigned(_e41), 159u)].inner[3];
            metal::float4 _e45 = widen(_e44);
            uint _e47 = at_0_;
            Stored _e52 = weights[metal::min(unsigned(_e47 + (0u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e53 = widen(_e52);
            metal::float4 _e55 = acc.v_0_0_;
            acc.v_0_0_ = _e55 + (_e24.x * _e53);
            metal::float4 _e60 = acc.v_1_0_;
            acc.v_1_0_ = _e60 + (_e31.x * _e53);
            metal::float4 _e65 = acc.v_2_0_;
            acc.v_2_0_ = _e65 + (_e38.x * _e53);
            metal::float4 _e70 = acc.v_3_0_;
            acc.v_3_0_ = _e70 + (_e45.x * _e53);
            uint _e75 = at_0_;
            Stored _e80 = weights[metal::min(unsigned(_e75 + (1u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e81 = widen(_e80);
            metal::float4 _e83 = acc.v_0_0_;
            acc.v_0_0_ = _e83 + (_e24.y * _e81);
            metal::float4 _e88 = acc.v_1_0_;
            acc.v_1_0_ = _e88 + (_e31.y * _e81);
            metal::float4 _e93 = acc.v_2_0_;
            acc.v_2_0_ = _e93 + (_e38.y * _e81);
            metal::float4 _e98 = acc.v_3_0_;
            acc.v_3_0_ = _e98 + (_e45.y * _e81);
            uint _e103 = at_0_;
            Stored _e108 = weights[metal::min(unsigned(_e103 + (2u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e109 = widen(_e108);
            metal::float4 _e111 = acc.v_0_0_;
            acc.v_0_0_ = _e111 + (_e24.z * _e109);
            metal::float4 _e116 = acc.v_1_0_;
            acc.v_1_0_ = _e116 + (_e31.z * _e109);
            metal::float4 _e121 = acc.v_2_0_;
            acc.v_2_0_ = _e121 + (_e38.z * _e109);
            metal::float4 _e126 = acc.v_3_0_;
            acc.v_3_0_ = _e126 + (_e45.z * _e109);
            uint _e131 = at_0_;
            Stored _e136 = weights[metal::min(unsigned(_e131 + (3u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e137 = widen(_e136);
            metal::float4 _e139 = acc.v_0_0_;
            acc.v_0_0_ = _e139 + (_e24.w * _e137);
            metal::float4 _e144 = acc.v_1_0_;
            acc.v_1_0_ = _e144 + (_e31.w * _e137);
            metal::float4 _e149 = acc.v_2_0_;
            acc.v_2_0_ = _e149 + (_e38.w * _e137);
            metal::float4 _e154 = acc.v_3_0_;
            acc.v_3_0_ = _e154 + (_e45.w * _e137);
            uint _e158 = at_0_;
            at_0_ = _e158 + (4u * stride);
        }
    }
    Block _e165 = acc;
    return _e165;
}

uint row_sample(
    Place place,
    Turn turn,
    uint r
) {
    return place.first + ((turn.passes == 2u) ? ((naga_div(r, 2u) * 2u) + turn.part) : r);
}

uint row_pass(
    Turn turn_1,
    uint r_1
) {
    return (turn_1.passes == 2u) ? naga_mod(r_1, 2u) : 0u;
}

Block layer_bias(
    uint layer_2,
    Place place_1,
    Turn turn_2,
    constant Run& run,
    constant Step& step,
    device type_7 const& biases,
    device type_10 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc_1 = {};
    uint _e6 = column_quad(place_1.column, 0u);
    metal::float4 _e7 = time_bias(layer_2, _e6, step, biases, _buffer_sizes);
    uint _e9 = row_sample(place_1, turn_2, 0u);
    uint _e11 = row_pass(turn_2, 0u);
    uint _e12 = class_row_1(_e9, _e11, run, classes, _buffer_sizes);
    uint _e16 = column_quad(place_1.column, 0u);
    metal::float4 _e17 = class_bias(layer_2, _e12, _e16, biases, _buffer_sizes);
    acc_1.v_0_0_ = _e7 + _e17;
    uint _e20 = row_sample(place_1, turn_2, 1u);
    uint _e22 = row_pass(turn_2, 1u);
    uint _e23 = class_row_1(_e20, _e22, run, classes, _buffer_sizes);
    uint _e27 = column_quad(place_1.column, 0u);
    metal::float4 _e28 = class_bias(layer_2, _e23, _e27, biases, _buffer_sizes);
    acc_1.v_1_0_ = _e7 + _e28;
    uint _e31 = row_sample(place_1, turn_2, 2u);
    uint _e33 = row_pass(turn_2, 2u);
    uint _e34 = class_row_1(_e31, _e33, run, classes, _buffer_sizes);
    uint _e38 = column_quad(place_1.column, 0u);
    metal::float4 _e39 = class_bias(layer_2, _e34, _e38, biases, _buffer_sizes);
    acc_1.v_2_0_ = _e7 + _e39;
    uint _e42 = row_sample(place_1, turn_2, 3u);
    uint _e44 = row_pass(turn_2, 3u);
    uint _e45 = class_row_1(_e42, _e44, run, classes, _buffer_sizes);
    uint _e49 = column_quad(place_1.column, 0u);
    metal::float4 _e50 = class_bias(layer_2, _e45, _e49, biases, _buffer_sizes);
    acc_1.v_3_0_ = _e7 + _e50;
    Block _e52 = acc_1;
    return _e52;
}

void store(
    Block h,
    Place place_2,
    threadgroup type_13& tile
) {
    uint _e4 = column_quad(place_2.column, 0u);
    Stored _e11 = narrow(h.v_0_0_);
    tile.inner[metal::min(unsigned(place_2.row_group), 0u)].inner[metal::min(unsigned(_e4), 159u)].inner[0] = _e11;
    Stored _e18 = narrow(h.v_1_0_);
    tile.inner[metal::min(unsigned(place_2.row_group), 0u)].inner[metal::min(unsigned(_e4), 159u)].inner[1] = _e18;
    Stored _e25 = narrow(h.v_2_0_);
    tile.inner[metal::min(unsigned(place_2.row_group), 0u)].inner[metal::min(unsigned(_e4), 159u)].inner[2] = _e25;
    Stored _e32 = narrow(h.v_3_0_);
    tile.inner[metal::min(unsigned(place_2.row_group), 0u)].inner[metal::min(unsigned(_e4), 159u)].inner[3] = _e32;
    return;
}

Block project_in(
    uint first,
    uint local_4,
    Place place_3,
    constant Run& run,
    device type_7 const& state_1,
    device type_9 const& weights,
    device type_7 const& biases,
    threadgroup type_13& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc_2 = {};
    uint start_1 = 0u;
    uint done = {};
    metal::float4 value_2 = {};
    bool local_5 = {};
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e74 = start_1;
            start_1 = _e74 + FEATURE_PART;
        }
        loop_init_1 = false;
        uint _e6 = start_1;
        if (_e6 < FEATURE_QUADS) {
        } else {
            break;
        }
        {
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            done = 0u;
            uint2 loop_bound_2 = uint2(4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (metal::all(loop_bound_2 == uint2(0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e54 = done;
                    done = _e54 + WORKGROUP;
                }
                loop_init_2 = false;
                uint _e11 = done;
                if (_e11 < 392u) {
                } else {
                    break;
                }
                {
                    uint _e14 = done;
                    uint row = naga_div(_e14 + local_4, FEATURE_PART);
                    uint _e18 = done;
                    uint quad_9 = naga_mod(_e18 + local_4, FEATURE_PART);
                    if (row < TILE) {
                        value_2 = metal::float4(0.0);
                        uint _e30 = run.count;
                        if ((first + row) < _e30) {
                            uint _e34 = start_1;
                            local_5 = (_e34 + quad_9) < FEATURE_QUADS;
                        } else {
                            local_5 = false;
                        }
                        bool _e39 = local_5;
                        if (_e39) {
                            uint _e41 = start_1;
                            metal::float4 _e43 = features(first + row, _e41 + quad_9, state_1, biases, _buffer_sizes);
                            value_2 = _e43;
                        }
                        uint in_group = naga_mod(row, ROWS);
                        metal::float4 _e52 = value_2;
                        Stored _e53 = narrow(_e52);
                        tile.inner[metal::min(unsigned(naga_div(row, ROWS)), 0u)].inner[metal::min(unsigned(quad_9), 159u)].inner[metal::min(unsigned(in_group), 3u)] = _e53;
                    }
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            uint _e59 = start_1;
            uint inner = metal::min(FEATURE_PART, FEATURE_QUADS - _e59);
            Block _e62 = acc_2;
            uint _e65 = start_1;
            Block _e73 = multiply(_e62, PROJ_IN_AT + ((4u * _e65) * HIDDEN_QUADS), HIDDEN_QUADS, inner, place_3.row_group, place_3.column, weights, tile, _buffer_sizes);
            acc_2 = _e73;
        }
    }
    Block _e77 = acc_2;
    return _e77;
}

Block hidden_layers(
    Block sums,
    Place place_4,
    Turn turn_3,
    constant Run& run,
    constant Step& step,
    device type_9 const& weights,
    device type_7 const& biases,
    device type_10 const& classes,
    threadgroup type_13& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block h_1 = {};
    uint block = 0u;
    Block acc_3 = {};
    Block _e4 = layer_bias(0u, place_4, turn_3, run, step, biases, classes, _buffer_sizes);
    h_1 = _e4;
    metal::float4 _e8 = h_1.v_0_0_;
    metal::float4 _e11 = activate(_e8 + sums.v_0_0_);
    h_1.v_0_0_ = _e11;
    metal::float4 _e14 = h_1.v_1_0_;
    metal::float4 _e17 = activate(_e14 + sums.v_1_0_);
    h_1.v_1_0_ = _e17;
    metal::float4 _e20 = h_1.v_2_0_;
    metal::float4 _e23 = activate(_e20 + sums.v_2_0_);
    h_1.v_2_0_ = _e23;
    metal::float4 _e26 = h_1.v_3_0_;
    metal::float4 _e29 = activate(_e26 + sums.v_3_0_);
    h_1.v_3_0_ = _e29;
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e102 = block;
            block = _e102 + 1u;
        }
        loop_init_3 = false;
        uint _e32 = block;
        if (_e32 < BLOCKS) {
        } else {
            break;
        }
        {
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            Block _e35 = h_1;
            store(_e35, place_4, tile);
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            uint _e36 = block;
            Block _e39 = layer_bias(_e36 + 1u, place_4, turn_3, run, step, biases, classes, _buffer_sizes);
            acc_3 = _e39;
            Block _e41 = acc_3;
            uint _e43 = block;
            Block _e53 = multiply(_e41, BLOCKS_AT + ((_e43 * HIDDEN) * HIDDEN_QUADS), HIDDEN_QUADS, HIDDEN_QUADS, place_4.row_group, place_4.column, weights, tile, _buffer_sizes);
            acc_3 = _e53;
            uint _e56 = column_quad(place_4.column, 0u);
            Stored _e63 = tile.inner[metal::min(unsigned(place_4.row_group), 0u)].inner[metal::min(unsigned(_e56), 159u)].inner[0];
            metal::float4 _e65 = acc_3.v_0_0_;
            metal::float4 _e66 = activate(_e65);
            h_1.v_0_0_ = _e63 + _e66;
            Stored _e74 = tile.inner[metal::min(unsigned(place_4.row_group), 0u)].inner[metal::min(unsigned(_e56), 159u)].inner[1];
            metal::float4 _e76 = acc_3.v_1_0_;
            metal::float4 _e77 = activate(_e76);
            h_1.v_1_0_ = _e74 + _e77;
            Stored _e85 = tile.inner[metal::min(unsigned(place_4.row_group), 0u)].inner[metal::min(unsigned(_e56), 159u)].inner[2];
            metal::float4 _e87 = acc_3.v_2_0_;
            metal::float4 _e88 = activate(_e87);
            h_1.v_2_0_ = _e85 + _e88;
            Stored _e96 = tile.inner[metal::min(unsigned(place_4.row_group), 0u)].inner[metal::min(unsigned(_e56), 159u)].inner[3];
            metal::float4 _e98 = acc_3.v_3_0_;
            metal::float4 _e99 = activate(_e98);
            h_1.v_3_0_ = _e96 + _e99;
        }
    }
    Block _e104 = h_1;
    return _e104;
}

Block guided_layers(
    Block sums_1,
    Place place_5,
    constant Run& run,
    constant Step& step,
    device type_9 const& weights,
    device type_7 const& biases,
    device type_10 const& classes,
    threadgroup type_13& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block kept = {};
    uint part = 0u;
    Block h_2 = {};
    float _e6 = run.guidance;
    uint passes = (_e6 != 1.0) ? 2u : 1u;
    float _e12 = run.guidance;
    float without = 1.0 - _e12;
    kept = sums_1;
    uint2 loop_bound_4 = uint2(4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (metal::all(loop_bound_4 == uint2(0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e124 = part;
            part = _e124 + 1u;
        }
        loop_init_4 = false;
        uint _e18 = part;
        if (_e18 < passes) {
        } else {
            break;
        }
        {
            Block _e20 = kept;
            h_2 = _e20;
            if (passes == 2u) {
                metal::float4 _e26 = kept.v_0_0_;
                metal::float4 _e28 = kept.v_1_0_;
                uint _e29 = part;
                h_2.v_0_0_ = (_e29 == 1u) ? _e28 : _e26;
                metal::float4 _e35 = kept.v_0_0_;
                metal::float4 _e37 = kept.v_1_0_;
                uint _e38 = part;
                h_2.v_1_0_ = (_e38 == 1u) ? _e37 : _e35;
                metal::float4 _e44 = kept.v_2_0_;
                metal::float4 _e46 = kept.v_3_0_;
                uint _e47 = part;
                h_2.v_2_0_ = (_e47 == 1u) ? _e46 : _e44;
                metal::float4 _e53 = kept.v_2_0_;
                metal::float4 _e55 = kept.v_3_0_;
                uint _e56 = part;
                h_2.v_3_0_ = (_e56 == 1u) ? _e55 : _e53;
            }
            Block _e60 = h_2;
            uint _e61 = part;
            Block _e63 = hidden_layers(_e60, place_5, Turn {passes, _e61}, run, step, weights, biases, classes, tile, _buffer_sizes);
            h_2 = _e63;
            if (passes == 1u) {
                Block _e66 = h_2;
                return _e66;
            }
            uint _e67 = part;
            if (_e67 == 0u) {
                float _e73 = run.guidance;
                metal::float4 _e75 = h_2.v_0_0_;
                metal::float4 _e78 = h_2.v_1_0_;
                kept.v_0_0_ = (_e73 * _e75) + (without * _e78);
            }
            uint _e81 = part;
            if (_e81 == 1u) {
                float _e87 = run.guidance;
                metal::float4 _e89 = h_2.v_0_0_;
                metal::float4 _e92 = h_2.v_1_0_;
                kept.v_1_0_ = (_e87 * _e89) + (without * _e92);
            }
            uint _e95 = part;
            if (_e95 == 0u) {
                float _e101 = run.guidance;
                metal::float4 _e103 = h_2.v_2_0_;
                metal::float4 _e106 = h_2.v_3_0_;
                kept.v_2_0_ = (_e101 * _e103) + (without * _e106);
            }
            uint _e109 = part;
            if (_e109 == 1u) {
                float _e115 = run.guidance;
                metal::float4 _e117 = h_2.v_2_0_;
                metal::float4 _e120 = h_2.v_3_0_;
                kept.v_3_0_ = (_e115 * _e117) + (without * _e120);
            }
        }
    }
    Block _e126 = kept;
    return _e126;
}

metal::float4 block_quad(
    Block h_3,
    uint at
) {
    metal::float4 value_3 = metal::float4(0.0);
    switch(at) {
        case 0u: {
            value_3 = h_3.v_0_0_;
            break;
        }
        case 1u: {
            value_3 = h_3.v_1_0_;
            break;
        }
        case 2u: {
            value_3 = h_3.v_2_0_;
            break;
        }
        case 3u: {
            value_3 = h_3.v_3_0_;
            break;
        }
        default: {
            break;
        }
    }
    metal::float4 _e9 = value_3;
    return _e9;
}

void output_step(
    uint first_1,
    uint local_6,
    Place place_6,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    device type_9 const& weights,
    device type_7 const& biases,
    threadgroup type_13& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint start_2 = 0u;
    Block acc_4 = {};
    uint at_1 = {};
    bool local_7 = {};
    uint2 loop_bound_5 = uint2(4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (metal::all(loop_bound_5 == uint2(0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e58 = start_2;
            start_2 = _e58 + HIDDEN_QUADS;
        }
        loop_init_5 = false;
        uint _e5 = start_2;
        if (_e5 < QUADS) {
        } else {
            break;
        }
        {
            acc_4 = Block {};
            Block _e10 = acc_4;
            uint _e15 = start_2;
            Block _e18 = multiply(_e10, PROJ_OUT_AT, QUADS, HIDDEN_QUADS, place_6.row_group, _e15 + place_6.column, weights, tile, _buffer_sizes);
            acc_4 = _e18;
            at_1 = 0u;
            uint2 loop_bound_6 = uint2(4294967295u);
            bool loop_init_6 = true;
            while(true) {
                if (metal::all(loop_bound_6 == uint2(0u))) { break; }
                loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
                if (!loop_init_6) {
                    uint _e56 = at_1;
                    at_1 = _e56 + 1u;
                }
                loop_init_6 = false;
                uint _e21 = at_1;
                if (_e21 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e25 = at_1;
                    uint sample_9 = place_6.first + naga_div(_e25, COLUMNS);
                    uint _e29 = start_2;
                    uint _e32 = at_1;
                    uint _e35 = column_quad(_e29 + place_6.column, naga_mod(_e32, COLUMNS));
                    if (_e35 < QUADS) {
                        uint _e42 = run.count;
                        local_7 = sample_9 < _e42;
                    } else {
                        local_7 = false;
                    }
                    bool _e45 = local_7;
                    if (_e45) {
                        Block _e46 = acc_4;
                        uint _e47 = at_1;
                        metal::float4 _e48 = block_quad(_e46, _e47);
                        metal::float4 _e53 = biases[metal::min(unsigned(PROJ_OUT_BIAS_AT + _e35), (_buffer_sizes.size6 - 0 - 16) / 16)];
                        update_quad(sample_9, _e35, _e48 + _e53, run, step, normal_table, state_1, x0_, _buffer_sizes);
                    }
                }
            }
        }
    }
    return;
}

void network_step(
    uint first_2,
    uint local_8,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    device type_9 const& weights,
    device type_7 const& biases,
    device type_10 const& classes,
    threadgroup type_13& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block h_4 = {};
    uint row_group_1 = naga_div(local_8, COLUMN_GROUPS);
    Place place_7 = Place {first_2 + (row_group_1 * ROWS), row_group_1, naga_mod(local_8, COLUMN_GROUPS)};
    Block _e10 = project_in(first_2, local_8, place_7, run, state_1, weights, biases, tile, _buffer_sizes);
    h_4 = _e10;
    Block _e12 = h_4;
    Block _e13 = guided_layers(_e12, place_7, run, step, weights, biases, classes, tile, _buffer_sizes);
    h_4 = _e13;
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    Block _e14 = h_4;
    store(_e14, place_7, tile);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    output_step(first_2, local_8, place_7, run, step, normal_table, state_1, x0_, weights, biases, tile, _buffer_sizes);
    return;
}

struct mlp_stepInput {
};
kernel void mlp_step(
  metal::uint3 group [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint local [[thread_index_in_threadgroup]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_5& normal_table [[buffer(4)]]
, device type_7& state_1 [[buffer(2)]]
, device type_7& x0_ [[buffer(3)]]
, device type_9 const& weights [[buffer(5)]]
, device type_7 const& biases [[buffer(6)]]
, device type_10 const& classes [[buffer(7)]]
, threadgroup type_13& tile
, constant _mslBufferSizes& _buffer_sizes [[buffer(8)]]
) {
    uint first_3 = (group.x + (group.y * groups.x)) * TILE;
    network_step(first_3, local, run, step, normal_table, state_1, x0_, weights, biases, classes, tile, _buffer_sizes);
    return;
}
