#pragma once
namespace tarn {
struct Needy
{
    string name;
};
} // namespace tarn
