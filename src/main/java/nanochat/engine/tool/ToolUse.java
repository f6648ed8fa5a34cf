package nanochat.engine.tool;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.OptionalInt;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// The calculator at work in one row: watches the row's tokens; when the model closes a tool call, evaluates what stands in it and puts
/// `output_start result output_end` into the queue of tokens that the row has to take next. A call without a result forces nothing.
public final class ToolUse {
    /// An expression longer than this has no result anyway.
    private static final int LONGEST_CALL = 512;

    private final Tokenizer tokenizer;
    private final int callStart;
    private final int callEnd;
    private final ArrayDeque<Integer> forced = new ArrayDeque<>();
    private final int[] call = new int[LONGEST_CALL];
    private int callLength;
    private boolean inCall;

    public ToolUse(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.callStart = tokenizer.id(SpecialToken.PYTHON_START);
        this.callEnd = tokenizer.id(SpecialToken.PYTHON_END);
    }

    /// The next token that the row has to take instead of sampling one.
    public OptionalInt nextForced() {
        Integer token = forced.poll();
        return token == null ? OptionalInt.empty() : OptionalInt.of(token);
    }

    /// Tells of every token of the row, sampled or forced.
    public void accept(int token) {
        if (token == callStart) {
            inCall = true;
            callLength = 0;
        } else if (token == callEnd && inCall) {
            inCall = false;
            Calculator.evaluate(tokenizer.decode(Arrays.copyOf(call, callLength))).ifPresent(this::force);
        } else if (inCall) {
            if (callLength == LONGEST_CALL) {
                inCall = false;
            } else {
                call[callLength++] = token;
            }
        }
    }

    private void force(String result) {
        forced.add(tokenizer.id(SpecialToken.OUTPUT_START));
        for (int token : tokenizer.encode(result)) {
            forced.add(token);
        }
        forced.add(tokenizer.id(SpecialToken.OUTPUT_END));
    }
}
