#include "core/cap/file_cap.h"

namespace tarn::cap {

ImmutableVerifyCap verifyCapOf(const ImmutableReadCap& cap)
{
    return {crypto::immutableStorageIndex(cap.key), cap.uriExtensionHash, cap.needed, cap.total,
            cap.size};
}

MutableReadCap readCapOf(const MutableWriteCap& cap)
{
    return {cap.format, crypto::readKeyOf(cap.writeKey), cap.fingerprint};
}

MutableVerifyCap verifyCapOf(const MutableReadCap& cap)
{
    return {cap.format, crypto::mutableStorageIndex(cap.readKey), cap.fingerprint};
}

} // namespace tarn::cap
