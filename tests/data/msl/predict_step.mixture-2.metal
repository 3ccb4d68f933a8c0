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
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
struct Sample {
    float inner[2];
};
struct Evaluation {
    metal::uint2 sample;
    uint class_index;
    float timestep;
    float alpha_bar;
    float one_minus_alpha_bar;
};
typedef uint type_10[1];
constant uint INT64_ = 0u;
constant uint NOISE = 1u;
constant uint WORKGROUP = 64u;
constant uint DIMS = 2u;
constant uint QUADS = 1u;
constant uint STEPS = 1u;
constant uint COMPONENTS = 1u;
constant uint PREDICTION = 2u;
constant uint STRIDE = 4u;

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
    uint component_3 = (segment & 1u) * 2u;
    uint _e10 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component_3), 3u)];
    uint _e16 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component_3 + 1u), 3u)];
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
    uint at_2 = (sample_3 * DIMS) + first;
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
            state_1[metal::min(unsigned(at_2 + _e17), (_buffer_sizes.size3 - 0 - 4) / 4)] = value[metal::min(unsigned(_e20), 3u)];
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
    uint at_3 = (sample_5 * DIMS) + first_1;
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
            x0_[metal::min(unsigned(at_3 + _e17), (_buffer_sizes.size4 - 0 - 4) / 4)] = value_1[metal::min(unsigned(_e20), 3u)];
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
    metal::float4 state_2 = (mean + (_e55 * noise)) + (_e60 * history);
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
    bool local_1 = {};
    metal::float4 history_1 = metal::float4(0.0);
    metal::float4 _e3 = load_state(sample_6, quad_7, state_1, _buffer_sizes);
    if (true) {
        float _e12 = step.noise_scale;
        local_1 = _e12 != 0.0;
    } else {
        local_1 = false;
    }
    bool _e16 = local_1;
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

Evaluation evaluation(
    uint sample_7,
    uint class_index,
    constant Run& run,
    constant Step& step
) {
    metal::uint2 _e2 = global_sample(sample_7, run);
    float _e5 = step.timestep;
    float _e8 = step.alpha_bar;
    float _e11 = step.one_minus_alpha_bar;
    return Evaluation {_e2, class_index, _e5, _e8, _e11};
}

float log_density(
    thread Sample& x_1,
    Evaluation at,
    uint component,
    device type_7 const& params,
    constant _mslBufferSizes& _buffer_sizes
) {
    float distance = 0.0;
    uint i_2 = 0u;
    uint first_2 = component * STRIDE;
    float signal = metal::sqrt(at.alpha_bar);
    float _e12 = params[metal::min(unsigned(first_2 + 1u), (_buffer_sizes.size5 - 0 - 4) / 4)];
    float spread = (at.alpha_bar * _e12) + at.one_minus_alpha_bar;
    uint2 loop_bound_2 = uint2(4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (metal::all(loop_bound_2 == uint2(0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e39 = i_2;
            i_2 = _e39 + 1u;
        }
        loop_init_2 = false;
        uint _e20 = i_2;
        if (_e20 < DIMS) {
        } else {
            break;
        }
        {
            uint _e23 = i_2;
            float _e25 = x_1.inner[metal::min(unsigned(_e23), 1u)];
            uint _e29 = i_2;
            float _e32 = params[metal::min(unsigned((first_2 + 2u) + _e29), (_buffer_sizes.size5 - 0 - 4) / 4)];
            float offset = _e25 - (signal * _e32);
            float _e35 = distance;
            distance = _e35 + (offset * offset);
        }
    }
    float _e43 = params[metal::min(unsigned(first_2), (_buffer_sizes.size5 - 0 - 4) / 4)];
    float _e44 = distance;
    return _e43 - (0.5 * ((_e44 / spread) + (2.0 * metal::log(spread))));
}

Sample predict(
    Sample x_2,
    Evaluation at_1,
    device type_7 const& params,
    constant _mslBufferSizes& _buffer_sizes
) {
    Sample point = {};
    float largest = {};
    uint component_1 = 1u;
    float total = 0.0;
    Sample out_2 = {};
    uint component_2 = 0u;
    float from_mean = {};
    float from_offset = {};
    uint i_3 = {};
    uint i_4 = 0u;
    point = x_2;
    float _e4 = log_density(point, at_1, 0u, params, _buffer_sizes);
    largest = _e4;
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e16 = component_1;
            component_1 = _e16 + 1u;
        }
        loop_init_3 = false;
        uint _e8 = component_1;
        if (_e8 < COMPONENTS) {
        } else {
            break;
        }
        {
            float _e11 = largest;
            uint _e12 = component_1;
            float _e13 = log_density(point, at_1, _e12, params, _buffer_sizes);
            largest = metal::max(_e11, _e13);
        }
    }
    float signal_1 = metal::sqrt(at_1.alpha_bar);
    float noise_2 = metal::sqrt(at_1.one_minus_alpha_bar);
    uint2 loop_bound_4 = uint2(4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (metal::all(loop_bound_4 == uint2(0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e92 = component_2;
            component_2 = _e92 + 1u;
        }
        loop_init_4 = false;
        uint _e27 = component_2;
        if (_e27 < COMPONENTS) {
        } else {
            break;
        }
        {
            uint _e30 = component_2;
            uint first_3 = _e30 * STRIDE;
            float variance = params[metal::min(unsigned(first_3 + 1u), (_buffer_sizes.size5 - 0 - 4) / 4)];
            float spread_1 = (at_1.alpha_bar * variance) + at_1.one_minus_alpha_bar;
            uint _e42 = component_2;
            float _e43 = log_density(point, at_1, _e42, params, _buffer_sizes);
            float _e44 = largest;
            float weight = metal::exp(_e43 - _e44);
            float _e47 = total;
            total = _e47 + weight;
            float eps_1 = noise_2 / spread_1;
            float x0_from_offset = (signal_1 * variance) / spread_1;
            from_mean = 0.0;
            from_offset = eps_1;
            if (false) {
                from_mean = 1.0;
                from_offset = x0_from_offset;
            } else {
                if (true) {
                    from_mean = -(noise_2);
                    from_offset = (signal_1 * eps_1) - (noise_2 * x0_from_offset);
                }
            }
            i_3 = 0u;
            uint2 loop_bound_5 = uint2(4294967295u);
            bool loop_init_5 = true;
            while(true) {
                if (metal::all(loop_bound_5 == uint2(0u))) { break; }
                loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
                if (!loop_init_5) {
                    uint _e89 = i_3;
                    i_3 = _e89 + 1u;
                }
                loop_init_5 = false;
                uint _e64 = i_3;
                if (_e64 < DIMS) {
                } else {
                    break;
                }
                {
                    uint _e70 = i_3;
                    float mean_1 = params[metal::min(unsigned((first_3 + 2u) + _e70), (_buffer_sizes.size5 - 0 - 4) / 4)];
                    uint _e74 = i_3;
                    float _e76 = out_2.inner[metal::min(unsigned(_e74), 1u)];
                    float _e77 = from_mean;
                    float _e79 = from_offset;
                    uint _e80 = i_3;
                    out_2.inner[metal::min(unsigned(_e74), 1u)] = _e76 + (weight * ((_e77 * mean_1) + (_e79 * (x_2.inner[metal::min(unsigned(_e80), 1u)] - (signal_1 * mean_1)))));
                }
            }
        }
    }
    uint2 loop_bound_6 = uint2(4294967295u);
    bool loop_init_6 = true;
    while(true) {
        if (metal::all(loop_bound_6 == uint2(0u))) { break; }
        loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
        if (!loop_init_6) {
            uint _e105 = i_4;
            i_4 = _e105 + 1u;
        }
        loop_init_6 = false;
        uint _e96 = i_4;
        if (_e96 < DIMS) {
        } else {
            break;
        }
        {
            uint _e99 = i_4;
            float _e101 = out_2.inner[metal::min(unsigned(_e99), 1u)];
            float _e102 = total;
            out_2.inner[metal::min(unsigned(_e99), 1u)] = _e101 / _e102;
        }
    }
    Sample _e107 = out_2;
    return _e107;
}

void network_step(
    uint sample_8,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    device type_7 const& params,
    device type_10 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    Sample x_3 = {};
    uint quad_8 = 0u;
    uint i_5 = {};
    Sample out_3 = {};
    uint i_6 = 0u;
    uint quad_9 = 0u;
    metal::float4 values = {};
    uint i_7 = {};
    uint2 loop_bound_7 = uint2(4294967295u);
    bool loop_init_7 = true;
    while(true) {
        if (metal::all(loop_bound_7 == uint2(0u))) { break; }
        loop_bound_7 -= uint2(loop_bound_7.y == 0u, 1u);
        if (!loop_init_7) {
            uint _e32 = quad_8;
            quad_8 = _e32 + 1u;
        }
        loop_init_7 = false;
        uint _e4 = quad_8;
        if (_e4 < QUADS) {
        } else {
            break;
        }
        {
            uint _e7 = quad_8;
            metal::float4 _e8 = load_state(sample_8, _e7, state_1, _buffer_sizes);
            i_5 = 0u;
            uint2 loop_bound_8 = uint2(4294967295u);
            bool loop_init_8 = true;
            while(true) {
                if (metal::all(loop_bound_8 == uint2(0u))) { break; }
                loop_bound_8 -= uint2(loop_bound_8.y == 0u, 1u);
                if (!loop_init_8) {
                    uint _e29 = i_5;
                    i_5 = _e29 + 1u;
                }
                loop_init_8 = false;
                uint _e11 = i_5;
                uint _e14 = quad_8;
                if (_e11 < metal::min(4u, DIMS - (_e14 * 4u))) {
                } else {
                    break;
                }
                {
                    uint _e20 = quad_8;
                    uint _e23 = i_5;
                    uint _e26 = i_5;
                    x_3.inner[metal::min(unsigned((_e20 * 4u) + _e23), 1u)] = _e8[metal::min(unsigned(_e26), 3u)];
                }
            }
        }
    }
    Sample _e34 = x_3;
    uint _e37 = classes[metal::min(unsigned(sample_8), (_buffer_sizes.size6 - 0 - 4) / 4)];
    Evaluation _e38 = evaluation(sample_8, _e37, run, step);
    Sample _e39 = predict(_e34, _e38, params, _buffer_sizes);
    out_3 = _e39;
    float _e43 = run.guidance;
    if (_e43 != 1.0) {
        Sample _e46 = x_3;
        uint _e49 = run.null_class;
        Evaluation _e50 = evaluation(sample_8, _e49, run, step);
        Sample _e51 = predict(_e46, _e50, params, _buffer_sizes);
        uint2 loop_bound_9 = uint2(4294967295u);
        bool loop_init_9 = true;
        while(true) {
            if (metal::all(loop_bound_9 == uint2(0u))) { break; }
            loop_bound_9 -= uint2(loop_bound_9.y == 0u, 1u);
            if (!loop_init_9) {
                uint _e76 = i_6;
                i_6 = _e76 + 1u;
            }
            loop_init_9 = false;
            uint _e54 = i_6;
            if (_e54 < DIMS) {
            } else {
                break;
            }
            {
                uint _e57 = i_6;
                float _e61 = run.guidance;
                uint _e62 = i_6;
                float _e64 = out_3.inner[metal::min(unsigned(_e62), 1u)];
                float _e68 = run.guidance;
                uint _e71 = i_6;
                out_3.inner[metal::min(unsigned(_e57), 1u)] = (_e61 * _e64) + ((1.0 - _e68) * _e51.inner[metal::min(unsigned(_e71), 1u)]);
            }
        }
    }
    uint2 loop_bound_10 = uint2(4294967295u);
    bool loop_init_10 = true;
    while(true) {
        if (metal::all(loop_bound_10 == uint2(0u))) { break; }
        loop_bound_10 -= uint2(loop_bound_10.y == 0u, 1u);
        if (!loop_init_10) {
            uint _e112 = quad_9;
            quad_9 = _e112 + 1u;
        }
        loop_init_10 = false;
        uint _e80 = quad_9;
        if (_e80 < QUADS) {
        } else {
            break;
        }
        {
            values = metal::float4(0.0);
            i_7 = 0u;
            uint2 loop_bound_11 = uint2(4294967295u);
            bool loop_init_11 = true;
            while(true) {
                if (metal::all(loop_bound_11 == uint2(0u))) { break; }
                loop_bound_11 -= uint2(loop_bound_11.y == 0u, 1u);
                if (!loop_init_11) {
                    uint _e107 = i_7;
                    i_7 = _e107 + 1u;
                }
                loop_init_11 = false;
                uint _e88 = i_7;
                uint _e91 = quad_9;
                if (_e88 < metal::min(4u, DIMS - (_e91 * 4u))) {
                } else {
                    break;
                }
                {
                    uint _e97 = i_7;
                    uint _e99 = quad_9;
                    uint _e102 = i_7;
                    float _e105 = out_3.inner[metal::min(unsigned((_e99 * 4u) + _e102), 1u)];
                    values[metal::min(unsigned(_e97), 3u)] = _e105;
                }
            }
            uint _e109 = quad_9;
            metal::float4 _e110 = values;
            update_quad(sample_8, _e109, _e110, run, step, normal_table, state_1, x0_, _buffer_sizes);
        }
    }
    return;
}

struct predict_stepInput {
};
kernel void predict_step(
  metal::uint3 id [[thread_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_5& normal_table [[buffer(4)]]
, device type_7& state_1 [[buffer(2)]]
, device type_7& x0_ [[buffer(3)]]
, device type_7 const& params [[buffer(5)]]
, device type_10 const& classes [[buffer(6)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(7)]]
) {
    uint k = 0u;
    uint sample_9 = id.x + ((id.y * groups.x) * WORKGROUP);
    uint _e11 = run.count;
    if (sample_9 >= _e11) {
        return;
    }
    uint2 loop_bound_12 = uint2(4294967295u);
    bool loop_init_12 = true;
    while(true) {
        if (metal::all(loop_bound_12 == uint2(0u))) { break; }
        loop_bound_12 -= uint2(loop_bound_12.y == 0u, 1u);
        if (!loop_init_12) {
            uint _e20 = k;
            k = _e20 + 1u;
        }
        loop_init_12 = false;
        uint _e15 = k;
        if (_e15 < STEPS) {
        } else {
            break;
        }
        {
            uint _e18 = k;
            take_step(_e18);
            network_step(sample_9, run, step, normal_table, state_1, x0_, params, classes, _buffer_sizes);
        }
    }
    return;
}
