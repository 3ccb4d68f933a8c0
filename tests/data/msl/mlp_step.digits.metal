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
    Stored inner[640];
};
struct Block {
    metal::float4 v_0_0_;
    metal::float4 v_1_0_;
    metal::float4 v_2_0_;
    metal::float4 v_3_0_;
};
constant uint WORKGROUP = 160u;
constant uint ROWS = 4u;
constant uint COLUMNS = 1u;
constant uint COLUMN_GROUPS = 160u;
constant uint TILE = 4u;
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
    float r = (metal::abs(n) >= 65536.0) ? far : near;
    float r2_ = r * r;
    float s = r + ((r * r2_) * (-0.16666655 + (r2_ * (0.008332161 - (r2_ * 0.00019515296)))));
    float c_1 = (1.0 - (0.5 * r2_)) + ((r2_ * r2_) * (0.041666646 + (r2_ * (-0.0013887316 + (r2_ * 0.000024433157)))));
    uint quadrant = (naga_f2u32(n - (4.0 * metal::floor(n * 0.25))) + quarters) & 3u;
    float value_3 = ((quadrant & 1u) == 1u) ? c_1 : s;
    return (quadrant >= 2u) ? -(value_3) : value_3;
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
    uint i_2 = quad_6 * 4u;
    float _e6 = embedded(sample_7, i_2, state_1, biases, _buffer_sizes);
    float _e9 = embedded(sample_7, i_2 + 1u, state_1, biases, _buffer_sizes);
    float _e12 = embedded(sample_7, i_2 + 2u, state_1, biases, _buffer_sizes);
    float _e15 = embedded(sample_7, i_2 + 3u, state_1, biases, _buffer_sizes);
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
    uint row,
    uint column_1,
    device type_9 const& weights,
    threadgroup type_11& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc = {};
    uint k_2 = 0u;
    acc = start;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e171 = k_2;
            k_2 = _e171 + 1u;
        }
        loop_init = false;
        uint _e9 = k_2;
        if (_e9 < inner_quads) {
        } else {
            break;
        }
        {
            uint _e16 = k_2;
            Stored _e19 = tile.inner[metal::min(unsigned(((row + 0u) * HIDDEN_QUADS) + _e16), 639u)];
            metal::float4 _e20 = widen(_e19);
            uint _e26 = k_2;
            Stored _e29 = tile.inner[metal::min(unsigned(((row + 1u) * HIDDEN_QUADS) + _e26), 639u)];
            metal::float4 _e30 = widen(_e29);
            uint _e36 = k_2;
            Stored _e39 = tile.inner[metal::min(unsigned(((row + 2u) * HIDDEN_QUADS) + _e36), 639u)];
            metal::float4 _e40 = widen(_e39);
            uint _e46 = k_2;
            Stored _e49 = tile.inner[metal::min(unsigned(((row + 3u) * HIDDEN_QUADS) + _e46), 639u)];
            metal::float4 _e50 = widen(_e49);
            uint _e52 = k_2;
            uint _e57 = column_quad(column_1, 0u);
            uint at_0_ = (weights_at + ((4u * _e52) * stride)) + metal::min(_e57, stride - 1u);
            Stored _e67 = weights[metal::min(unsigned(at_0_ + (0u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e68 = widen(_e67);
            metal::float4 _e70 = acc.v_0_0_;
            acc.v_0_0_ = _e70 + (_e20.x * _e68);
            metal::float4 _e75 = acc.v_1_0_;
            acc.v_1_0_ = _e75 + (_e30.x * _e68);
            metal::float4 _e80 = acc.v_2_0_;
            acc.v_2_0_ = _e80 + (_e40.x * _e68);
            metal::float4 _e85 = acc.v_3_0_;
            acc.v_3_0_ = _e85 + (_e50.x * _e68);
            Stored _e94 = weights[metal::min(unsigned(at_0_ + (1u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e95 = widen(_e94);
            metal::float4 _e97 = acc.v_0_0_;
            acc.v_0_0_ = _e97 + (_e20.y * _e95);
            metal::float4 _e102 = acc.v_1_0_;
            acc.v_1_0_ = _e102 + (_e30.y * _e95);
            metal::float4 _e107 = acc.v_2_0_;
            acc.v_2_0_ = _e107 + (_e40.y * _e95);
            metal::float4 _e112 = acc.v_3_0_;
            acc.v_3_0_ = _e112 + (_e50.y * _e95);
            Stored _e121 = weights[metal::min(unsigned(at_0_ + (2u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e122 = widen(_e121);
            metal::float4 _e124 = acc.v_0_0_;
            acc.v_0_0_ = _e124 + (_e20.z * _e122);
            metal::float4 _e129 = acc.v_1_0_;
            acc.v_1_0_ = _e129 + (_e30.z * _e122);
            metal::float4 _e134 = acc.v_2_0_;
            acc.v_2_0_ = _e134 + (_e40.z * _e122);
            metal::float4 _e139 = acc.v_3_0_;
            acc.v_3_0_ = _e139 + (_e50.z * _e122);
            Stored _e148 = weights[metal::min(unsigned(at_0_ + (3u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e149 = widen(_e148);
            metal::float4 _e151 = acc.v_0_0_;
            acc.v_0_0_ = _e151 + (_e20.w * _e149);
            metal::float4 _e156 = acc.v_1_0_;
            acc.v_1_0_ = _e156 + (_e30.w * _e149);
            metal::float4 _e161 = acc.v_2_0_;
            acc.v_2_0_ = _e161 + (_e40.w * _e149);
            metal::float4 _e166 = acc.v_3_0_;
            acc.v_3_0_ = _e166 + (_e50.w * _e149);
        }
    }
    Block _e173 = acc;
    return _e173;
}

Block layer_bias(
    uint layer_2,
    uint first,
    uint pass_index_1,
    uint row_1,
    uint column_2,
    constant Run& run,
    constant Step& step,
    device type_7 const& biases,
    device type_10 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc_1 = {};
    uint _e9 = class_row_1((first + row_1) + 0u, pass_index_1, run, classes, _buffer_sizes);
    uint _e12 = column_quad(column_2, 0u);
    metal::float4 _e13 = time_bias(layer_2, _e12, step, biases, _buffer_sizes);
    uint _e15 = column_quad(column_2, 0u);
    metal::float4 _e16 = class_bias(layer_2, _e9, _e15, biases, _buffer_sizes);
    acc_1.v_0_0_ = _e13 + _e16;
    uint _e21 = class_row_1((first + row_1) + 1u, pass_index_1, run, classes, _buffer_sizes);
    uint _e24 = column_quad(column_2, 0u);
    metal::float4 _e25 = time_bias(layer_2, _e24, step, biases, _buffer_sizes);
    uint _e27 = column_quad(column_2, 0u);
    metal::float4 _e28 = class_bias(layer_2, _e21, _e27, biases, _buffer_sizes);
    acc_1.v_1_0_ = _e25 + _e28;
    uint _e33 = class_row_1((first + row_1) + 2u, pass_index_1, run, classes, _buffer_sizes);
    uint _e36 = column_quad(column_2, 0u);
    metal::float4 _e37 = time_bias(layer_2, _e36, step, biases, _buffer_sizes);
    uint _e39 = column_quad(column_2, 0u);
    metal::float4 _e40 = class_bias(layer_2, _e33, _e39, biases, _buffer_sizes);
    acc_1.v_2_0_ = _e37 + _e40;
    uint _e45 = class_row_1((first + row_1) + 3u, pass_index_1, run, classes, _buffer_sizes);
    uint _e48 = column_quad(column_2, 0u);
    metal::float4 _e49 = time_bias(layer_2, _e48, step, biases, _buffer_sizes);
    uint _e51 = column_quad(column_2, 0u);
    metal::float4 _e52 = class_bias(layer_2, _e45, _e51, biases, _buffer_sizes);
    acc_1.v_3_0_ = _e49 + _e52;
    Block _e54 = acc_1;
    return _e54;
}

void store(
    Block h,
    uint row_2,
    uint column_3,
    threadgroup type_11& tile
) {
    uint _e9 = column_quad(column_3, 0u);
    Stored _e13 = narrow(h.v_0_0_);
    tile.inner[metal::min(unsigned(((row_2 + 0u) * HIDDEN_QUADS) + _e9), 639u)] = _e13;
    uint _e20 = column_quad(column_3, 0u);
    Stored _e24 = narrow(h.v_1_0_);
    tile.inner[metal::min(unsigned(((row_2 + 1u) * HIDDEN_QUADS) + _e20), 639u)] = _e24;
    uint _e31 = column_quad(column_3, 0u);
    Stored _e35 = narrow(h.v_2_0_);
    tile.inner[metal::min(unsigned(((row_2 + 2u) * HIDDEN_QUADS) + _e31), 639u)] = _e35;
    uint _e42 = column_quad(column_3, 0u);
    Stored _e46 = narrow(h.v_3_0_);
    tile.inner[metal::min(unsigned(((row_2 + 3u) * HIDDEN_QUADS) + _e42), 639u)] = _e46;
    return;
}

Block project_in(
    uint first_1,
    uint local_4,
    uint row_3,
    uint column_4,
    constant Run& run,
    device type_7 const& state_1,
    device type_9 const& weights,
    device type_7 const& biases,
    threadgroup type_11& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc_2 = {};
    uint start_1 = 0u;
    uint i_1 = {};
    metal::float4 value_2 = {};
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e56 = start_1;
            start_1 = _e56 + HIDDEN_QUADS;
        }
        loop_init_1 = false;
        uint _e7 = start_1;
        if (_e7 < FEATURE_QUADS) {
        } else {
            break;
        }
        {
            uint _e12 = start_1;
            uint inner = metal::min(HIDDEN_QUADS, FEATURE_QUADS - _e12);
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            i_1 = local_4;
            uint2 loop_bound_2 = uint2(4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (metal::all(loop_bound_2 == uint2(0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e43 = i_1;
                    i_1 = _e43 + WORKGROUP;
                }
                loop_init_2 = false;
                uint _e16 = i_1;
                if (_e16 < (TILE * inner)) {
                } else {
                    break;
                }
                {
                    uint _e20 = i_1;
                    uint sample_9 = naga_div(_e20, inner);
                    uint _e22 = i_1;
                    uint quad_9 = naga_mod(_e22, inner);
                    value_2 = metal::float4(0.0);
                    uint _e30 = run.count;
                    if ((first_1 + sample_9) < _e30) {
                        uint _e33 = start_1;
                        metal::float4 _e35 = features(first_1 + sample_9, _e33 + quad_9, state_1, biases, _buffer_sizes);
                        value_2 = _e35;
                    }
                    metal::float4 _e41 = value_2;
                    Stored _e42 = narrow(_e41);
                    tile.inner[metal::min(unsigned((sample_9 * HIDDEN_QUADS) + quad_9), 639u)] = _e42;
                }
            }
            metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
            Block _e46 = acc_2;
            uint _e49 = start_1;
            Block _e55 = multiply(_e46, PROJ_IN_AT + ((4u * _e49) * HIDDEN_QUADS), HIDDEN_QUADS, inner, row_3, column_4, weights, tile, _buffer_sizes);
            acc_2 = _e55;
        }
    }
    Block _e59 = acc_2;
    return _e59;
}

void network_step(
    uint first_2,
    uint local_5,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    device type_9 const& weights,
    device type_7 const& biases,
    device type_10 const& classes,
    threadgroup type_11& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_6 = {};
    Block h_1 = {};
    Block mixed = {};
    uint pass_index_2 = 0u;
    Block acc_3 = {};
    uint block = {};
    uint start_2 = 0u;
    Block acc_4 = {};
    uint column_5 = naga_mod(local_5, COLUMN_GROUPS);
    uint row_4 = naga_div(local_5, COLUMN_GROUPS) * ROWS;
    if (true) {
        float _e15 = run.guidance;
        local_6 = _e15 != 1.0;
    } else {
        local_6 = false;
    }
    bool _e19 = local_6;
    uint passes = _e19 ? 2u : 1u;
    Block _e21 = project_in(first_2, local_5, row_4, column_5, run, state_1, weights, biases, tile, _buffer_sizes);
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e142 = pass_index_2;
            pass_index_2 = _e142 + 1u;
        }
        loop_init_3 = false;
        uint _e26 = pass_index_2;
        if (_e26 < passes) {
        } else {
            break;
        }
        {
            uint _e29 = pass_index_2;
            Block _e30 = layer_bias(0u, first_2, _e29, row_4, column_5, run, step, biases, classes, _buffer_sizes);
            acc_3 = _e30;
            metal::float4 _e34 = acc_3.v_0_0_;
            metal::float4 _e37 = activate(_e34 + _e21.v_0_0_);
            h_1.v_0_0_ = _e37;
            metal::float4 _e40 = acc_3.v_1_0_;
            metal::float4 _e43 = activate(_e40 + _e21.v_1_0_);
            h_1.v_1_0_ = _e43;
            metal::float4 _e46 = acc_3.v_2_0_;
            metal::float4 _e49 = activate(_e46 + _e21.v_2_0_);
            h_1.v_2_0_ = _e49;
            metal::float4 _e52 = acc_3.v_3_0_;
            metal::float4 _e55 = activate(_e52 + _e21.v_3_0_);
            h_1.v_3_0_ = _e55;
            block = 0u;
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e103 = block;
                    block = _e103 + 1u;
                }
                loop_init_4 = false;
                uint _e58 = block;
                if (_e58 < BLOCKS) {
                } else {
                    break;
                }
                {
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                    Block _e61 = h_1;
                    store(_e61, row_4, column_5, tile);
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                    uint _e62 = block;
                    uint _e65 = pass_index_2;
                    Block _e66 = layer_bias(_e62 + 1u, first_2, _e65, row_4, column_5, run, step, biases, classes, _buffer_sizes);
                    acc_3 = _e66;
                    Block _e67 = acc_3;
                    uint _e69 = block;
                    Block _e77 = multiply(_e67, BLOCKS_AT + ((_e69 * HIDDEN) * HIDDEN_QUADS), HIDDEN_QUADS, HIDDEN_QUADS, row_4, column_5, weights, tile, _buffer_sizes);
                    acc_3 = _e77;
                    metal::float4 _e79 = h_1.v_0_0_;
                    metal::float4 _e81 = acc_3.v_0_0_;
                    metal::float4 _e82 = activate(_e81);
                    h_1.v_0_0_ = _e79 + _e82;
                    metal::float4 _e85 = h_1.v_1_0_;
                    metal::float4 _e87 = acc_3.v_1_0_;
                    metal::float4 _e88 = activate(_e87);
                    h_1.v_1_0_ = _e85 + _e88;
                    metal::float4 _e91 = h_1.v_2_0_;
                    metal::float4 _e93 = acc_3.v_2_0_;
                    metal::float4 _e94 = activate(_e93);
                    h_1.v_2_0_ = _e91 + _e94;
                    metal::float4 _e97 = h_1.v_3_0_;
                    metal::float4 _e99 = acc_3.v_3_0_;
                    metal::float4 _e100 = activate(_e99);
                    h_1.v_3_0_ = _e97 + _e100;
                }
            }
            float _e107 = run.guidance;
            float _e110 = run.guidance;
            uint _e113 = pass_index_2;
            float share = (_e113 == 1u) ? (1.0 - _e110) : _e107;
            metal::float4 _e118 = mixed.v_0_0_;
            metal::float4 _e120 = h_1.v_0_0_;
            mixed.v_0_0_ = _e118 + (share * _e120);
            metal::float4 _e124 = mixed.v_1_0_;
            metal::float4 _e126 = h_1.v_1_0_;
            mixed.v_1_0_ = _e124 + (share * _e126);
            metal::float4 _e130 = mixed.v_2_0_;
            metal::float4 _e132 = h_1.v_2_0_;
            mixed.v_2_0_ = _e130 + (share * _e132);
            metal::float4 _e136 = mixed.v_3_0_;
            metal::float4 _e138 = h_1.v_3_0_;
            mixed.v_3_0_ = _e136 + (share * _e138);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    Block _e144 = mixed;
    store(_e144, row_4, column_5, tile);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint2 loop_bound_5 = uint2(4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (metal::all(loop_bound_5 == uint2(0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e222 = start_2;
            start_2 = _e222 + HIDDEN_QUADS;
        }
        loop_init_5 = false;
        uint _e147 = start_2;
        if (_e147 < QUADS) {
        } else {
            break;
        }
        {
            acc_4 = Block {};
            Block _e152 = acc_4;
            uint _e156 = start_2;
            Block _e158 = multiply(_e152, PROJ_OUT_AT, QUADS, HIDDEN_QUADS, row_4, _e156 + column_5, weights, tile, _buffer_sizes);
            acc_4 = _e158;
            uint _e159 = start_2;
            uint _e162 = column_quad(_e159 + column_5, 0u);
            if (_e162 < QUADS) {
                metal::float4 bias_0_ = biases[metal::min(unsigned(PROJ_OUT_BIAS_AT + _e162), (_buffer_sizes.size6 - 0 - 16) / 16)];
                uint _e175 = run.count;
                if (((first_2 + row_4) + 0u) < _e175) {
                    metal::float4 _e181 = acc_4.v_0_0_;
                    update_quad((first_2 + row_4) + 0u, _e162, _e181 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
                uint _e188 = run.count;
                if (((first_2 + row_4) + 1u) < _e188) {
                    metal::float4 _e194 = acc_4.v_1_0_;
                    update_quad((first_2 + row_4) + 1u, _e162, _e194 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
                uint _e201 = run.count;
                if (((first_2 + row_4) + 2u) < _e201) {
                    metal::float4 _e207 = acc_4.v_2_0_;
                    update_quad((first_2 + row_4) + 2u, _e162, _e207 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
                uint _e214 = run.count;
                if (((first_2 + row_4) + 3u) < _e214) {
                    metal::float4 _e220 = acc_4.v_3_0_;
                    update_quad((first_2 + row_4) + 3u, _e162, _e220 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
            }
        }
    }
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
, threadgroup type_11& tile
, constant _mslBufferSizes& _buffer_sizes [[buffer(8)]]
) {
    uint k = 0u;
    uint first_3 = (group.x + (group.y * groups.x)) * TILE;
    uint2 loop_bound_6 = uint2(4294967295u);
    bool loop_init_6 = true;
    while(true) {
        if (metal::all(loop_bound_6 == uint2(0u))) { break; }
        loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
        if (!loop_init_6) {
            uint _e17 = k;
            k = _e17 + 1u;
        }
        loop_init_6 = false;
        uint _e12 = k;
        if (_e12 < STEPS) {
        } else {
            break;
        }
        {
            uint _e15 = k;
            take_step(_e15);
            network_step(first_3, local, run, step, normal_table, state_1, x0_, weights, biases, classes, tile, _buffer_sizes);
            metal::threadgroup_barrier(metal::mem_flags::mem_device);
        }
    }
    return;
}
