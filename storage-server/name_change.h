// name_change: a finished file taking its place, and back again when its group fails. Blocking.
#pragma once

#include "storage-server/bucket_directories.h"
#include "storage-server/file_layer.h"

#include <set>
#include <string>
#include <vector>

namespace tarn::storage {

/// One share file that appears, is replaced, or goes. `place` lies in a bucket directory,
/// `staged` below incoming/, which is emptied at every start.
struct NameChange
{
    enum class Kind {
        Create,  ///< staged -> place, which must not exist
        Replace, ///< staged <-> place: the old file waits under the staged name
        Remove,  ///< place -> staged: the file waits there until its going is durable
    };
    Kind kind = Kind::Create;
    std::string staged;
    std::string place;
};

/// Makes the change visible. \param toSync  gains the directories to sync before it is durable.
/// \return Conflict: Create found the place taken. On any error nothing is changed.
Result<void> applyNameChange(FileLayer& layer, BucketDirectories& directories,
                             const NameChange& change, std::set<std::string>& toSync);
/// Takes an applied change back: names are as before, the staged file is gone.
Result<void> revertNameChange(FileLayer& layer, BucketDirectories& directories,
                              const NameChange& change);
/// Removes what an applied and durable change leaves behind. Failures do no harm: the next start
/// clears incoming/.
void finishNameChange(FileLayer& layer, BucketDirectories& directories, const NameChange& change);
/// Removes a staged file that will not take its place.
void dropStaged(FileLayer& layer, const NameChange& change);

} // namespace tarn::storage
