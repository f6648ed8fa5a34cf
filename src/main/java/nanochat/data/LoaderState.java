package nanochat.data;

import java.util.List;

/// Everything a [BatchLoader] needs to go on as if it had never stopped: where it is in the source, and which documents it holds back for
/// later rows - by their position, for they are read again. It describes the batches delivered, not those packed ahead.
///
/// @param source the fingerprint of the documents
/// @param packing the packing whose buffer this is
/// @param share the part of the source this loader reads
/// @param epoch counted from 1
/// @param next where the next document is read
/// @param buffered documents already read and not used up, in the packer's order
/// @param consumed how many tokens of the first buffered document are used up
/// @param packedTokens tokens that went into rows since the run began
/// @param croppedTokens tokens dropped because their document was cropped, since the run began
public record LoaderState(String source, Packing packing, Share share, int epoch, DocumentPosition next,
        List<DocumentPosition> buffered, int consumed, long packedTokens, long croppedTokens) implements TrainingPosition {
    public LoaderState {
        buffered = List.copyOf(buffered);
    }

    /// The cropped tokens as a share of all tokens read, 0 to 1.
    public double croppedShare() {
        return croppedTokens == 0 ? 0 : (double) croppedTokens / (packedTokens + croppedTokens);
    }
}
