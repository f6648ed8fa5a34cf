package nanochat.serve;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Why an answer ended.
enum FinishReason {
    /// The model ended it, or a stop string came.
    @JsonProperty("stop")
    STOP,
    /// So many tokens were asked for, or the context is full.
    @JsonProperty("length")
    LENGTH
}
