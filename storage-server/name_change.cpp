#include "storage-server/name_change.h"

#include "storage-server/store_paths.h"

namespace tarn::storage {

Result<void> applyNameChange(FileLayer& layer, BucketDirectories& directories,
                             const NameChange& change, std::set<std::string>& toSync)
{
    switch (change.kind) {
    case NameChange::Kind::Create: {
        TARN_TRY_VOID(directories.ensure(parentOf(change.place), toSync));
        Result<void> renamed = layer.rename(change.staged, change.place, RenameMode::NoReplace);
        if (!renamed) directories.removeIfEmpty(parentOf(change.place));
        return renamed;
    }
    case NameChange::Kind::Replace:
        toSync.insert(parentOf(change.place));
        return layer.rename(change.staged, change.place, RenameMode::Exchange);
    case NameChange::Kind::Remove:
        toSync.insert(parentOf(change.place));
        return layer.rename(change.place, change.staged, RenameMode::NoReplace);
    }
    return Error(ErrorCode::Internal, "unknown change of a name");
}

Result<void> revertNameChange(FileLayer& layer, BucketDirectories& directories,
                              const NameChange& change)
{
    switch (change.kind) {
    case NameChange::Kind::Create:
        TARN_TRY_VOID(layer.unlink(change.place));
        directories.removeIfEmpty(parentOf(change.place));
        return ok();
    case NameChange::Kind::Replace:
        TARN_TRY_VOID(layer.rename(change.staged, change.place, RenameMode::Exchange));
        dropStaged(layer, change);
        return ok();
    case NameChange::Kind::Remove:
        return layer.rename(change.staged, change.place, RenameMode::NoReplace);
    }
    return ok();
}

void finishNameChange(FileLayer& layer, BucketDirectories& directories, const NameChange& change)
{
    if (change.kind != NameChange::Kind::Create) static_cast<void>(layer.unlink(change.staged));
    if (change.kind == NameChange::Kind::Remove) directories.removeIfEmpty(parentOf(change.place));
}

void dropStaged(FileLayer& layer, const NameChange& change)
{
    if (change.kind != NameChange::Kind::Remove) static_cast<void>(layer.unlink(change.staged));
}

} // namespace tarn::storage
