#include "core/pipeline/write/encrypt.h"

#include "core/crypto/aes_ctr.h"

namespace tarn::pipeline {

CipherSegments encryptSegments(PlainSegments plain, const FileKey& key)
{
    crypto::AesCtr stream(key, plain.file().rangeOf(plain.first()).begin);
    stream.apply(plain.text());
    return CipherSegments(std::move(plain));
}

CipherSegments takeCiphertext(PlainSegments ciphertext)
{
    return CipherSegments(std::move(ciphertext));
}

} // namespace tarn::pipeline
