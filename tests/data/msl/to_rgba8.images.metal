// language: metal2.0
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size1;
};

struct Grid {
    uint channels;
    uint height;
    uint width;
    uint columns;
    uint count;
    uint padding_0_;
    uint padding_1_;
    uint padding_2_;
};
typedef float type_2[1];

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

metal::float4 pixel_values(
    metal::uint2 pixel,
    constant Grid& grid,
    device type_2 const& values,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e4 = grid.height;
    uint _e8 = grid.columns;
    uint _e13 = grid.width;
    uint image = (naga_div(pixel.y, _e4) * _e8) + naga_div(pixel.x, _e13);
    uint _e18 = grid.count;
    if (image >= _e18) {
        return metal::float4(0.0);
    }
    uint _e24 = grid.width;
    uint _e27 = grid.height;
    uint plane = _e24 * _e27;
    uint _e31 = grid.channels;
    uint _e37 = grid.height;
    uint _e41 = grid.width;
    uint _e47 = grid.width;
    uint at = (((image * _e31) * plane) + (naga_mod(pixel.y, _e37) * _e41)) + naga_mod(pixel.x, _e47);
    float first = values[metal::min(unsigned(at), (_buffer_sizes.size1 - 0 - 4) / 4)];
    uint _e55 = grid.channels;
    if (_e55 == 3u) {
        float _e61 = values[metal::min(unsigned(at + plane), (_buffer_sizes.size1 - 0 - 4) / 4)];
        float _e67 = values[metal::min(unsigned(at + (2u * plane)), (_buffer_sizes.size1 - 0 - 4) / 4)];
        return metal::float4(first, _e61, _e67, 1.0);
    }
    return metal::float4(first, first, first, 1.0);
}

float level(
    float value
) {
    return metal::min(metal::floor((127.5 * metal::clamp(value, -1.0, 1.0)) + 128.0), 255.0) / 255.0;
}

struct to_rgba8_Input {
};
kernel void to_rgba8_(
  metal::uint3 id [[thread_position_in_grid]]
, constant Grid& grid [[buffer(0)]]
, device type_2 const& values [[buffer(1)]]
, metal::texture2d<float, metal::access::write> texture [[texture(0)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(2)]]
) {
    if (metal::any(id.xy >= metal::uint2(texture.get_width(), texture.get_height()))) {
        return;
    }
    metal::float4 _e7 = pixel_values(id.xy, grid, values, _buffer_sizes);
    float _e9 = level(_e7.x);
    float _e11 = level(_e7.y);
    float _e13 = level(_e7.z);
    metal::float3 color = metal::float3(_e9, _e11, _e13);
    texture.write(metal::float4(color * _e7.w, _e7.w), metal::uint2(id.xy));
    return;
}
