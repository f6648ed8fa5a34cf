package nanochat.data;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything a [BatchLoader] needs to go on as if it had never stopped: where it is in the source, and which documents it holds back for
/// later rows - by their position, for they are read again. It describes the batches delivered, not those packed ahead.
///
/// @param source the fingerprint of the documents
/// @param packing the packing whose buffer this is
/// @param share the part of the source this loader reads
/// @param epoch counted from 1
/// @param next where the next document is read
/// @param buffered documents already read and not used up, in the packer's order
/// @param consumed how many tokens of the first buffered documents are used up; of the others, none
/// @param packedTokens tokens that went into rows since the run began
/// @param croppedTokens tokens dropped because their document was cropped, since the run began
/// @param stoppedAt the document that could not be read, where that ended the run: the file may then change from there on
public record LoaderState(String source, Packing packing, Share share, int epoch, DocumentPosition next,
        List<DocumentPosition> buffered, @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) List<Integer> consumed,
        long packedTokens, long croppedTokens, Optional<DocumentPosition> stoppedAt) implements TrainingPosition {
    public LoaderState {
        buffered = List.copyOf(buffered);
        consumed = List.copyOf(consumed); // older checkpoints have one number
    }

    /// Of a loader that no bad document has stopped.
    public LoaderState(String source, Packing packing, Share share, int epoch, DocumentPosition next, List<DocumentPosition> buffered,
            List<Integer> consumed, long packedTokens, long croppedTokens) {
        this(source, packing, share, epoch, next, buffered, consumed, packedTokens, croppedTokens, Optional.empty());
    }

    /// The same state, for a run that ends because the document at `bad` cannot be read: it is resumed with the mended file, whatever its
    /// length. Where the run was further in that file already (a document to validate on was bad) the file has to keep its length.
    public LoaderState stoppedAt(DocumentSource documents, DocumentPosition bad) {
        boolean wasFurther = Stream.concat(Stream.of(next), buffered.stream())
                .anyMatch(position -> position.file() == bad.file() && position.offset() > bad.offset());
        return wasFurther
                ? new LoaderState(documents.fingerprintOfSizes(), packing, share, epoch, next, buffered, consumed, packedTokens,
                        croppedTokens)
                : new LoaderState(documents.fingerprintBefore(bad), packing, share, epoch, next, buffered, consumed, packedTokens,
                        croppedTokens, Optional.of(bad));
    }

    /// The cropped tokens as a share of all tokens read, 0 to 1.
    public double croppedShare() {
        return croppedTokens == 0 ? 0 : (double) croppedTokens / (packedTokens + croppedTokens);
    }
}
