// overloaded: a visitor of a variant, made of lambdas.
#pragma once

namespace tarn::cap {

template <class... Cases>
struct Overloaded : Cases...
{
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

} // namespace tarn::cap
