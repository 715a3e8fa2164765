#include "tests/support/disk_image.h"

#include "storage-server/store_paths.h"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>

namespace tarn::test {

using namespace storage;
namespace fs = std::filesystem;

namespace {

std::string pathBelow(const std::string& directory, const std::string& name)
{
    return directory.empty() ? name : below(directory, name);
}

Result<Bytes> readWhole(FileLayer& layer, const std::string& path)
{
    TARN_TRY(const File file, File::open(layer, path, OpenMode::Read));
    TARN_TRY(const std::uint64_t size, file.size());
    Bytes bytes(static_cast<std::size_t>(size));
    TARN_TRY_VOID(file.readExactlyAt(0, bytes));
    return bytes;
}

Result<NodeId> readNode(FileLayer& layer, const std::string& path, DiskImage& image)
{
    const NodeId node = image.nodes.size();
    image.nodes.emplace_back();
    bool directory = true;
    if (!path.empty()) {
        TARN_TRY(const FileInfo info, layer.info(path));
        directory = info.directory;
    }
    image.nodes[node].directory = directory;
    if (!directory) {
        TARN_TRY(image.nodes[node].bytes, readWhole(layer, path));
        return node;
    }
    TARN_TRY(const std::vector<std::string> names, layer.list(path));
    for (const std::string& name : names) {
        TARN_TRY(const NodeId child, readNode(layer, pathBelow(path, name), image));
        image.nodes[node].names[name] = child;
    }
    return node;
}

void writeFile(const fs::path& path, ByteView bytes)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const bool whole =
        file >= 0 && ::write(file, bytes.data(), bytes.size()) == ssize_t(bytes.size());
    if (file >= 0) ::close(file);
    if (!whole) throw std::runtime_error("a file of a disk image cannot be written");
}

void writeNode(const DiskImage& image, NodeId node, const fs::path& path)
{
    const DiskImage::Node& what = image.nodes[node];
    if (!what.directory) {
        writeFile(path, what.bytes);
        return;
    }
    fs::create_directory(path);
    for (const auto& [name, child] : what.names)
        writeNode(image, child, path / name);
}

std::size_t mixed(std::size_t hash, std::size_t more)
{
    return (hash ^ more) * 0x9E37'79B9'7F4A'7C15U + (hash >> 29U);
}

std::size_t fingerprintOf(const DiskImage& image, NodeId node)
{
    const DiskImage::Node& what = image.nodes[node];
    if (!what.directory) return mixed(1, std::hash<std::string_view>()(asText(what.bytes)));
    std::size_t hash = 2;
    for (const auto& [name, child] : what.names) {
        hash = mixed(hash, std::hash<std::string>()(name));
        hash = mixed(hash, fingerprintOf(image, child));
    }
    return mixed(hash, what.names.size());
}

} // namespace

Result<DiskImage> readImage(FileLayer& layer)
{
    DiskImage image;
    TARN_TRY_VOID(readNode(layer, "", image));
    return image;
}

void materialize(const DiskImage& image, const fs::path& root)
{
    fs::remove_all(root);
    writeNode(image, kRootNode, root);
}

std::size_t fingerprint(const DiskImage& image)
{
    return fingerprintOf(image, kRootNode);
}

} // namespace tarn::test
