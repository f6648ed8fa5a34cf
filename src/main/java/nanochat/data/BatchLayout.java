package nanochat.data;

import nanochat.io.BadInputException;

/// The shape of the batches and how they are filled.
///
/// @param packing how documents become rows
/// @param rows B, rows in a batch
/// @param length T, predictions in a row
public record BatchLayout(Packing packing, int rows, int length) {
    public BatchLayout {
        if (rows < 1 || length < 1) {
            throw new BadInputException("A batch needs at least one row of at least one token, not " + rows + " x " + length);
        }
        if ((long) rows * (length + 1L) > Integer.MAX_VALUE) {
            throw new BadInputException("A batch of " + rows + " x " + length + " tokens is too large; lower the device batch size");
        }
    }

    /// Tokens in a row: its inputs are the first T of them, its targets the last T.
    int rowTokens() {
        return length + 1;
    }
}
