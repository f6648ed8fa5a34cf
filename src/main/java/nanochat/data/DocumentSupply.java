package nanochat.data;

import java.util.Optional;

/// Gives a packer its documents.
@FunctionalInterface
interface DocumentSupply {
    /// The next document, or nothing when there are no more.
    Optional<TokenizedDocument> next();
}
