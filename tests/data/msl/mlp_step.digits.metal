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
typedef metal::float4 type_6[1];
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
typedef uint type_7[1];
struct type_9 {
    metal::float4 inner[640];
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
constant uint DIMS = 784u;
constant uint QUADS = 196u;
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
constant uint PROJ_OUT_BIAS_AT = 660480u;
constant uint FREQUENCIES_AT = 660676u;
constant uint LAYERS = 5u;

metal::uint2 global_sample(
    uint local_2,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local_2;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local_2) ? 1u : 0u));
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
    uint quad_,
    constant type_4& normal_table
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
    device type_6 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e7 = state_1[metal::min(unsigned((sample_1 * QUADS) + quad_1), (_buffer_sizes.size3 - 0 - 16) / 16)];
    return _e7;
}

void store_state(
    uint sample_2,
    uint quad_2,
    metal::float4 value_1,
    device type_6& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    state_1[metal::min(unsigned((sample_2 * QUADS) + quad_2), (_buffer_sizes.size3 - 0 - 16) / 16)] = value_1;
    return;
}

metal::float4 load_x0_(
    uint sample_3,
    uint quad_3,
    device type_6 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 _e7 = x0_[metal::min(unsigned((sample_3 * QUADS) + quad_3), (_buffer_sizes.size4 - 0 - 16) / 16)];
    return _e7;
}

void store_x0_(
    uint sample_4,
    uint quad_4,
    metal::float4 value_2,
    device type_6& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    x0_[metal::min(unsigned((sample_4 * QUADS) + quad_4), (_buffer_sizes.size4 - 0 - 16) / 16)] = value_2;
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
    uint quad_5,
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
    metal::float4 _e3 = load_state(sample_5, quad_5, state_1, _buffer_sizes);
    float _e9 = step.noise_scale;
    if (_e9 != 0.0) {
        metal::uint2 _e14 = run.key;
        metal::uint2 _e15 = global_sample(sample_5, run);
        uint _e18 = step.draw;
        metal::float4 _e19 = normals4_(_e14, _e15, _e18, quad_5, normal_table);
        noise_1 = _e19;
    }
    float _e25 = step.history_scale;
    if (_e25 != 0.0) {
        metal::float4 _e28 = load_x0_(sample_5, quad_5, x0_, _buffer_sizes);
        history_1 = _e28;
    }
    metal::float4 _e29 = history_1;
    metal::float4 _e30 = noise_1;
    Updated _e31 = update(_e3, out_1, _e29, _e30, step);
    store_state(sample_5, quad_5, _e31.state, state_1, _buffer_sizes);
    store_x0_(sample_5, quad_5, _e31.x0_, x0_, _buffer_sizes);
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
    float c_1 = (1.0 - (0.5 * r2_)) + ((r2_ * r2_) * (0.041666646 + (r2_ * (-0.0013887316 + (r2_ * 0.000024433157)))));
    uint quadrant = (as_type<uint>(naga_f2i32(n)) + quarters) & 3u;
    float value_3 = ((quadrant & 1u) == 1u) ? c_1 : s;
    return (quadrant >= 2u) ? -(value_3) : value_3;
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
    device type_6 const& weights,
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
    float x_1 = _e20[metal::min(unsigned(naga_mod(element, 4u)), 3u)];
    uint second = static_cast<uint>(j >= 0u);
    uint f = j - (second * 0u);
    float _e37 = weights[metal::min(unsigned(FREQUENCIES_AT + naga_div(f, 4u)), (_buffer_sizes.size5 - 0 - 16) / 16)][metal::min(unsigned(naga_mod(f, 4u)), 3u)];
    float _e41 = sine(x_1 * _e37, second ^ EMBEDDING_COSINE_FIRST);
    return _e41;
}

metal::float4 features(
    uint sample_7,
    uint quad_6,
    device type_6 const& state_1,
    device type_6 const& weights,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        metal::float4 _e3 = load_state(sample_7, quad_6, state_1, _buffer_sizes);
        return _e3;
    }
    uint i_1 = quad_6 * 4u;
    float _e6 = embedded(sample_7, i_1, state_1, weights, _buffer_sizes);
    float _e9 = embedded(sample_7, i_1 + 1u, state_1, weights, _buffer_sizes);
    float _e12 = embedded(sample_7, i_1 + 2u, state_1, weights, _buffer_sizes);
    float _e15 = embedded(sample_7, i_1 + 3u, state_1, weights, _buffer_sizes);
    return metal::float4(_e6, _e9, _e12, _e15);
}

metal::float4 time_bias(
    uint layer,
    uint quad_7,
    constant Step& step,
    device type_6 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e6 = step.row;
    metal::float4 _e15 = biases[metal::min(unsigned(((((CLASS_ROWS + _e6) * LAYERS) + layer) * HIDDEN_QUADS) + quad_7), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e15;
}

metal::float4 class_bias(
    uint layer_1,
    uint class_row,
    uint quad_8,
    device type_6 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (false) {
        return metal::float4(0.0);
    }
    metal::float4 _e14 = biases[metal::min(unsigned((((class_row * LAYERS) + layer_1) * HIDDEN_QUADS) + quad_8), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e14;
}

uint class_row_1(
    uint sample_8,
    uint pass_index_1,
    constant Run& run,
    device type_7 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (false) {
        return 0u;
    }
    if (pass_index_1 == 1u) {
        uint _e8 = run.null_class;
        return _e8;
    }
    uint _e12 = run.count;
    uint _e17 = classes[metal::min(unsigned(metal::min(sample_8, _e12 - 1u)), (_buffer_sizes.size7 - 0 - 4) / 4)];
    return _e17;
}

metal::float4 activate(
    metal::float4 v_4
) {
    metal::float4 _e1 = silu(v_4);
    return _e1;
}

uint column_quad(
    uint column,
    uint c
) {
    return column + (c * COLUMN_GROUPS);
}

Block multiply(
    Block start_2,
    uint weights_at,
    uint stride,
    uint inner_quads,
    uint row,
    uint column_1,
    device type_6 const& weights,
    threadgroup type_9& tile,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc_2 = {};
    uint k = 0u;
    acc_2 = start_2;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e163 = k;
            k = _e163 + 1u;
        }
        loop_init = false;
        uint _e9 = k;
        if (_e9 < inner_quads) {
        } else {
            break;
        }
        {
            uint _e16 = k;
            metal::float4 h_0_ = tile.inner[metal::min(unsigned(((row + 0u) * HIDDEN_QUADS) + _e16), 639u)];
            uint _e25 = k;
            metal::float4 h_1_ = tile.inner[metal::min(unsigned(((row + 1u) * HIDDEN_QUADS) + _e25), 639u)];
            uint _e34 = k;
            metal::float4 h_2_ = tile.inner[metal::min(unsigned(((row + 2u) * HIDDEN_QUADS) + _e34), 639u)];
            uint _e43 = k;
            metal::float4 h_3_ = tile.inner[metal::min(unsigned(((row + 3u) * HIDDEN_QUADS) + _e43), 639u)];
            uint _e48 = k;
            uint _e53 = column_quad(column_1, 0u);
            uint at_0_ = (weights_at + ((4u * _e48) * stride)) + metal::min(_e53, stride - 1u);
            metal::float4 w_0_0_ = weights[metal::min(unsigned(at_0_ + (0u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e65 = acc_2.v_0_0_;
            acc_2.v_0_0_ = _e65 + (h_0_.x * w_0_0_);
            metal::float4 _e70 = acc_2.v_1_0_;
            acc_2.v_1_0_ = _e70 + (h_1_.x * w_0_0_);
            metal::float4 _e75 = acc_2.v_2_0_;
            acc_2.v_2_0_ = _e75 + (h_2_.x * w_0_0_);
            metal::float4 _e80 = acc_2.v_3_0_;
            acc_2.v_3_0_ = _e80 + (h_3_.x * w_0_0_);
            metal::float4 w_0_1_ = weights[metal::min(unsigned(at_0_ + (1u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e91 = acc_2.v_0_0_;
            acc_2.v_0_0_ = _e91 + (h_0_.y * w_0_1_);
            metal::float4 _e96 = acc_2.v_1_0_;
            acc_2.v_1_0_ = _e96 + (h_1_.y * w_0_1_);
            metal::float4 _e101 = acc_2.v_2_0_;
            acc_2.v_2_0_ = _e101 + (h_2_.y * w_0_1_);
            metal::float4 _e106 = acc_2.v_3_0_;
            acc_2.v_3_0_ = _e106 + (h_3_.y * w_0_1_);
            metal::float4 w_0_2_ = weights[metal::min(unsigned(at_0_ + (2u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e117 = acc_2.v_0_0_;
            acc_2.v_0_0_ = _e117 + (h_0_.z * w_0_2_);
            metal::float4 _e122 = acc_2.v_1_0_;
            acc_2.v_1_0_ = _e122 + (h_1_.z * w_0_2_);
            metal::float4 _e127 = acc_2.v_2_0_;
            acc_2.v_2_0_ = _e127 + (h_2_.z * w_0_2_);
            metal::float4 _e132 = acc_2.v_3_0_;
            acc_2.v_3_0_ = _e132 + (h_3_.z * w_0_2_);
            metal::float4 w_0_3_ = weights[metal::min(unsigned(at_0_ + (3u * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
            metal::float4 _e143 = acc_2.v_0_0_;
            acc_2.v_0_0_ = _e143 + (h_0_.w * w_0_3_);
            metal::float4 _e148 = acc_2.v_1_0_;
            acc_2.v_1_0_ = _e148 + (h_1_.w * w_0_3_);
            metal::float4 _e153 = acc_2.v_2_0_;
            acc_2.v_2_0_ = _e153 + (h_2_.w * w_0_3_);
            metal::float4 _e158 = acc_2.v_3_0_;
            acc_2.v_3_0_ = _e158 + (h_3_.w * w_0_3_);
        }
    }
    Block _e165 = acc_2;
    return _e165;
}

Block layer_bias(
    uint layer_2,
    uint first,
    uint pass_index_2,
    uint row_1,
    uint column_2,
    constant Run& run,
    constant Step& step,
    device type_6 const& biases,
    device type_7 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    Block acc_3 = {};
    uint _e9 = class_row_1((first + row_1) + 0u, pass_index_2, run, classes, _buffer_sizes);
    uint _e12 = column_quad(column_2, 0u);
    metal::float4 _e13 = time_bias(layer_2, _e12, step, biases, _buffer_sizes);
    uint _e15 = column_quad(column_2, 0u);
    metal::float4 _e16 = class_bias(layer_2, _e9, _e15, biases, _buffer_sizes);
    acc_3.v_0_0_ = _e13 + _e16;
    uint _e21 = class_row_1((first + row_1) + 1u, pass_index_2, run, classes, _buffer_sizes);
    uint _e24 = column_quad(column_2, 0u);
    metal::float4 _e25 = time_bias(layer_2, _e24, step, biases, _buffer_sizes);
    uint _e27 = column_quad(column_2, 0u);
    metal::float4 _e28 = class_bias(layer_2, _e21, _e27, biases, _buffer_sizes);
    acc_3.v_1_0_ = _e25 + _e28;
    uint _e33 = class_row_1((first + row_1) + 2u, pass_index_2, run, classes, _buffer_sizes);
    uint _e36 = column_quad(column_2, 0u);
    metal::float4 _e37 = time_bias(layer_2, _e36, step, biases, _buffer_sizes);
    uint _e39 = column_quad(column_2, 0u);
    metal::float4 _e40 = class_bias(layer_2, _e33, _e39, biases, _buffer_sizes);
    acc_3.v_2_0_ = _e37 + _e40;
    uint _e45 = class_row_1((first + row_1) + 3u, pass_index_2, run, classes, _buffer_sizes);
    uint _e48 = column_quad(column_2, 0u);
    metal::float4 _e49 = time_bias(layer_2, _e48, step, biases, _buffer_sizes);
    uint _e51 = column_quad(column_2, 0u);
    metal::float4 _e52 = class_bias(layer_2, _e45, _e51, biases, _buffer_sizes);
    acc_3.v_3_0_ = _e49 + _e52;
    Block _e54 = acc_3;
    return _e54;
}

void store(
    Block h_1,
    uint row_2,
    uint column_3,
    threadgroup type_9& tile
) {
    uint _e9 = column_quad(column_3, 0u);
    tile.inner[metal::min(unsigned(((row_2 + 0u) * HIDDEN_QUADS) + _e9), 639u)] = h_1.v_0_0_;
    uint _e19 = column_quad(column_3, 0u);
    tile.inner[metal::min(unsigned(((row_2 + 1u) * HIDDEN_QUADS) + _e19), 639u)] = h_1.v_1_0_;
    uint _e29 = column_quad(column_3, 0u);
    tile.inner[metal::min(unsigned(((row_2 + 2u) * HIDDEN_QUADS) + _e29), 639u)] = h_1.v_2_0_;
    uint _e39 = column_quad(column_3, 0u);
    tile.inner[metal::min(unsigned(((row_2 + 3u) * HIDDEN_QUADS) + _e39), 639u)] = h_1.v_3_0_;
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
, constant type_4& normal_table [[buffer(4)]]
, device type_6& state_1 [[buffer(2)]]
, device type_6& x0_ [[buffer(3)]]
, device type_6 const& weights [[buffer(5)]]
, device type_6 const& biases [[buffer(6)]]
, device type_7 const& classes [[buffer(7)]]
, threadgroup type_9& tile
, constant _mslBufferSizes& _buffer_sizes [[buffer(8)]]
) {
    if (local == 0u) {
        tile = {};
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    bool local_1 = {};
    Block h = {};
    Block mixed = {};
    uint pass_index = 0u;
    Block acc = {};
    uint start = {};
    uint i = {};
    metal::float4 value = {};
    uint block = {};
    uint start_1 = 0u;
    Block acc_1 = {};
    uint first_1 = (group.x + (group.y * groups.x)) * TILE;
    uint column_4 = naga_mod(local, COLUMN_GROUPS);
    uint row_3 = naga_div(local, COLUMN_GROUPS) * ROWS;
    if (true) {
        float _e23 = run.guidance;
        local_1 = _e23 != 1.0;
    } else {
        local_1 = false;
    }
    bool _e27 = local_1;
    uint passes = _e27 ? 2u : 1u;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e194 = pass_index;
            pass_index = _e194 + 1u;
        }
        loop_init_1 = false;
        uint _e33 = pass_index;
        if (_e33 < passes) {
        } else {
            break;
        }
        {
            uint _e36 = pass_index;
            Block _e37 = layer_bias(0u, first_1, _e36, row_3, column_4, run, step, biases, classes, _buffer_sizes);
            acc = _e37;
            start = 0u;
            uint2 loop_bound_2 = uint2(4294967295u);
            bool loop_init_2 = true;
            while(true) {
                if (metal::all(loop_bound_2 == uint2(0u))) { break; }
                loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
                if (!loop_init_2) {
                    uint _e89 = start;
                    start = _e89 + HIDDEN_QUADS;
                }
                loop_init_2 = false;
                uint _e41 = start;
                if (_e41 < FEATURE_QUADS) {
                } else {
                    break;
                }
                {
                    uint _e46 = start;
                    uint inner = metal::min(HIDDEN_QUADS, FEATURE_QUADS - _e46);
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                    i = local;
                    uint2 loop_bound_3 = uint2(4294967295u);
                    bool loop_init_3 = true;
                    while(true) {
                        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
                        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                        if (!loop_init_3) {
                            uint _e76 = i;
                            i = _e76 + WORKGROUP;
                        }
                        loop_init_3 = false;
                        uint _e50 = i;
                        if (_e50 < (TILE * inner)) {
                        } else {
                            break;
                        }
                        {
                            uint _e54 = i;
                            uint sample_9 = naga_div(_e54, inner);
                            uint _e56 = i;
                            uint quad_9 = naga_mod(_e56, inner);
                            value = metal::float4(0.0);
                            uint _e64 = run.count;
                            if ((first_1 + sample_9) < _e64) {
                                uint _e67 = start;
                                metal::float4 _e69 = features(first_1 + sample_9, _e67 + quad_9, state_1, weights, _buffer_sizes);
                                value = _e69;
                            }
                            metal::float4 _e75 = value;
                            tile.inner[metal::min(unsigned((sample_9 * HIDDEN_QUADS) + quad_9), 639u)] = _e75;
                        }
                    }
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                    Block _e79 = acc;
                    uint _e82 = start;
                    Block _e88 = multiply(_e79, PROJ_IN_AT + ((4u * _e82) * HIDDEN_QUADS), HIDDEN_QUADS, inner, row_3, column_4, weights, tile, _buffer_sizes);
                    acc = _e88;
                }
            }
            metal::float4 _e94 = acc.v_0_0_;
            metal::float4 _e95 = activate(_e94);
            h.v_0_0_ = _e95;
            metal::float4 _e98 = acc.v_1_0_;
            metal::float4 _e99 = activate(_e98);
            h.v_1_0_ = _e99;
            metal::float4 _e102 = acc.v_2_0_;
            metal::float4 _e103 = activate(_e102);
            h.v_2_0_ = _e103;
            metal::float4 _e106 = acc.v_3_0_;
            metal::float4 _e107 = activate(_e106);
            h.v_3_0_ = _e107;
            block = 0u;
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e155 = block;
                    block = _e155 + 1u;
                }
                loop_init_4 = false;
                uint _e110 = block;
                if (_e110 < BLOCKS) {
                } else {
                    break;
                }
                {
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                    Block _e113 = h;
                    store(_e113, row_3, column_4, tile);
                    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
                    uint _e114 = block;
                    uint _e117 = pass_index;
                    Block _e118 = layer_bias(_e114 + 1u, first_1, _e117, row_3, column_4, run, step, biases, classes, _buffer_sizes);
                    acc = _e118;
                    Block _e119 = acc;
                    uint _e121 = block;
                    Block _e129 = multiply(_e119, BLOCKS_AT + ((_e121 * HIDDEN) * HIDDEN_QUADS), HIDDEN_QUADS, HIDDEN_QUADS, row_3, column_4, weights, tile, _buffer_sizes);
                    acc = _e129;
                    metal::float4 _e131 = h.v_0_0_;
                    metal::float4 _e133 = acc.v_0_0_;
                    metal::float4 _e134 = activate(_e133);
                    h.v_0_0_ = _e131 + _e134;
                    metal::float4 _e137 = h.v_1_0_;
                    metal::float4 _e139 = acc.v_1_0_;
                    metal::float4 _e140 = activate(_e139);
                    h.v_1_0_ = _e137 + _e140;
                    metal::float4 _e143 = h.v_2_0_;
                    metal::float4 _e145 = acc.v_2_0_;
                    metal::float4 _e146 = activate(_e145);
                    h.v_2_0_ = _e143 + _e146;
                    metal::float4 _e149 = h.v_3_0_;
                    metal::float4 _e151 = acc.v_3_0_;
                    metal::float4 _e152 = activate(_e151);
                    h.v_3_0_ = _e149 + _e152;
                }
            }
            float _e159 = run.guidance;
            float _e162 = run.guidance;
            uint _e165 = pass_index;
            float share = (_e165 == 1u) ? (1.0 - _e162) : _e159;
            metal::float4 _e170 = mixed.v_0_0_;
            metal::float4 _e172 = h.v_0_0_;
            mixed.v_0_0_ = _e170 + (share * _e172);
            metal::float4 _e176 = mixed.v_1_0_;
            metal::float4 _e178 = h.v_1_0_;
            mixed.v_1_0_ = _e176 + (share * _e178);
            metal::float4 _e182 = mixed.v_2_0_;
            metal::float4 _e184 = h.v_2_0_;
            mixed.v_2_0_ = _e182 + (share * _e184);
            metal::float4 _e188 = mixed.v_3_0_;
            metal::float4 _e190 = h.v_3_0_;
            mixed.v_3_0_ = _e188 + (share * _e190);
        }
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    Block _e196 = mixed;
    store(_e196, row_3, column_4, tile);
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint2 loop_bound_5 = uint2(4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (metal::all(loop_bound_5 == uint2(0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e274 = start_1;
            start_1 = _e274 + HIDDEN_QUADS;
        }
        loop_init_5 = false;
        uint _e199 = start_1;
        if (_e199 < QUADS) {
        } else {
            break;
        }
        {
            acc_1 = Block {};
            Block _e204 = acc_1;
            uint _e208 = start_1;
            Block _e210 = multiply(_e204, PROJ_OUT_AT, QUADS, HIDDEN_QUADS, row_3, _e208 + column_4, weights, tile, _buffer_sizes);
            acc_1 = _e210;
            uint _e211 = start_1;
            uint _e214 = column_quad(_e211 + column_4, 0u);
            if (_e214 < QUADS) {
                metal::float4 bias_0_ = weights[metal::min(unsigned(PROJ_OUT_BIAS_AT + _e214), (_buffer_sizes.size5 - 0 - 16) / 16)];
                uint _e227 = run.count;
                if (((first_1 + row_3) + 0u) < _e227) {
                    metal::float4 _e233 = acc_1.v_0_0_;
                    update_quad((first_1 + row_3) + 0u, _e214, _e233 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
                uint _e240 = run.count;
                if (((first_1 + row_3) + 1u) < _e240) {
                    metal::float4 _e246 = acc_1.v_1_0_;
                    update_quad((first_1 + row_3) + 1u, _e214, _e246 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
                uint _e253 = run.count;
                if (((first_1 + row_3) + 2u) < _e253) {
                    metal::float4 _e259 = acc_1.v_2_0_;
                    update_quad((first_1 + row_3) + 2u, _e214, _e259 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
                uint _e266 = run.count;
                if (((first_1 + row_3) + 3u) < _e266) {
                    metal::float4 _e272 = acc_1.v_3_0_;
                    update_quad((first_1 + row_3) + 3u, _e214, _e272 + bias_0_, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
            }
        }
    }
    return;
}
