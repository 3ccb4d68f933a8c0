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

float level(
    float value
) {
    return metal::min(metal::floor((127.5 * metal::clamp(value, -1.0, 1.0)) + 128.0), 255.0) / 255.0;
}
uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
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
    metal::float4 color = metal::float4(0.0);
    uint _e4 = grid.height;
    uint _e8 = grid.columns;
    uint _e13 = grid.width;
    uint image = (naga_div(id.y, _e4) * _e8) + naga_div(id.x, _e13);
    if (metal::any(id.xy >= metal::uint2(texture.get_width(), texture.get_height()))) {
        return;
    }
    uint _e26 = grid.count;
    if (image < _e26) {
        uint _e30 = grid.width;
        uint _e33 = grid.height;
        uint plane = _e30 * _e33;
        uint _e37 = grid.channels;
        uint _e43 = grid.height;
        uint _e47 = grid.width;
        uint _e53 = grid.width;
        uint at = (((image * _e37) * plane) + (naga_mod(id.y, _e43) * _e47)) + naga_mod(id.x, _e53);
        float _e58 = values[metal::min(unsigned(at), (_buffer_sizes.size1 - 0 - 4) / 4)];
        float _e59 = level(_e58);
        color = metal::float4(_e59, _e59, _e59, 1.0);
        uint _e64 = grid.channels;
        if (_e64 == 3u) {
            float _e70 = values[metal::min(unsigned(at + plane), (_buffer_sizes.size1 - 0 - 4) / 4)];
            float _e71 = level(_e70);
            float _e77 = values[metal::min(unsigned(at + (2u * plane)), (_buffer_sizes.size1 - 0 - 4) / 4)];
            float _e78 = level(_e77);
            color = metal::float4(_e59, _e71, _e78, 1.0);
        }
    }
    metal::float4 _e83 = color;
    texture.write(_e83, metal::uint2(id.xy));
    return;
}
