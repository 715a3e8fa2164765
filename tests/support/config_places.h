// config_places: whether errors of a configuration lead to what they are about.
#pragma once

#include <string>

namespace tarn::test {

/// Every line of `errors` is "NAME:LINE:COLUMN: [table] key: ...", and there, in `text`, stands the
/// value of that key; or, of a key that is missing, the head of its table; or, of a table that is
/// missing too, the beginning. Tables without brackets in their error stand for themselves.
/// \return the first error of which that is not so; empty: none.
std::string misplacedError(const std::string& text, const std::string& name,
                           const std::string& errors);

} // namespace tarn::test
