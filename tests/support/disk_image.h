// disk_image: a directory tree as values: what is on a disk, or would be after a crash.
#pragma once

#include "core/base/bytes.h"
#include "storage-server/file_layer.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tarn::test {

/// A file or directory for as long as the image lives, whatever its name.
using NodeId = std::size_t;
inline constexpr NodeId kRootNode = 0;

struct DiskImage
{
    struct Node
    {
        bool directory = false;
        Bytes bytes;                         ///< of a file
        std::map<std::string, NodeId> names; ///< of a directory
    };
    std::vector<Node> nodes; ///< the first is the root; those without a name are not on the disk
};

/// Contents by path.
using Files = std::map<std::string, Bytes>;

/// Everything below the layer's root.
Result<DiskImage> readImage(storage::FileLayer& layer);
/// Makes `root` hold exactly the image. Throws what std::filesystem throws.
void materialize(const DiskImage& image, const std::filesystem::path& root);
/// Equal for images that materialize() makes the same of.
std::size_t fingerprint(const DiskImage& image);

} // namespace tarn::test
