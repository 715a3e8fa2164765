// encoding_choice: into how many shares the owner of a node wants files to go, where that shall not
// follow the number of members. Pure but for the file. Source: core/doc/protocol/control.md.
//
//   STATE/encoding    "2 3 5": K HAPPY N; "auto", or no such file: as follows from the number of
//                     members
#pragma once

#include "core/control/encoding_values.h"
#include "core/node/state_dir.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::profiles {

inline constexpr std::string_view kEncodingFile = "encoding";

using ChosenEncoding = std::optional<control::EncodingChoice>;

/// \param members  who offer storage, this node included. \return InvalidInput: what is wrong with
///         it, what it would mean, and what can be chosen.
Result<void> checkEncoding(const control::EncodingChoice& choice, std::uint32_t members);
/// What members that went since have made of a choice; empty: nothing.
std::string encodingProblem(const control::EncodingChoice& choice, std::uint32_t members);

std::string encodingText(const ChosenEncoding& choice);
/// \return InvalidInput: no such text, or numbers that can not be with any members.
Result<ChosenEncoding> parseEncoding(std::string_view text);
/// A missing file: none. Blocking.
Result<ChosenEncoding> readEncodingBlocking(const node::StateDir& dir);

} // namespace tarn::profiles
