// encrypt: the first stage of the write pipeline. Pure, any thread.
// Source: Tahoe-LAFS docs/specifications/file-encoding.rst (AES-128-CTR over the whole file).
#pragma once

#include "core/pipeline/write/segment_batch.h"

namespace tarn::pipeline {

/// In place; runs of one file may be encrypted in any order.
CipherSegments encryptSegments(PlainSegments plain, const FileKey& key);

/// For repair: what was filled in is ciphertext already.
CipherSegments takeCiphertext(PlainSegments ciphertext);

} // namespace tarn::pipeline
