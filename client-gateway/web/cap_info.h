// cap_info: what the web API needs to know about the capability in a request. Pure.
#pragma once

#include "core/base/result.h"
#include "core/cap/unknown_node.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::gateway::web {

struct CapInfo
{
    enum class Kind {
        File,      ///< CHK or LIT read capability
        Verifier,  ///< CHK verify capability
        Mutable,   ///< mutable file, or its verifier
        Directory, ///< any directory, or its verifier
        Unknown,   ///< of a kind that this version has never heard of
    };

    Kind kind = Kind::Unknown;
    std::string text;                  ///< canonical; of an unknown one, as it came
    std::string readOnly;              ///< canonical; empty for verifiers; of an unknown one only
                                       ///< where "ro." or "imm." says that it is no more
    std::string write;                 ///< canonical; empty where it may not write
    std::string verify;                ///< canonical; empty where there is none
    std::string storageIndex;          ///< base32; empty for literal files and unknown ones
    std::optional<std::uint64_t> size; ///< bytes, where the capability tells
    bool isMutable = false;            ///< file or directory
    bool isVerifier = false;
    std::string_view format; ///< of files: CHK, SDMF, MDMF
};

/// \param text  percent-decoded, with or without "ro." or "imm.".
/// \return InvalidInput with the reason: a known kind with a bad body, or one that breaks its
///         prefix.
Result<CapInfo> describeCap(std::string_view text);
/// The same of a child of a directory.
CapInfo describeNode(const cap::Node& node);

} // namespace tarn::gateway::web
