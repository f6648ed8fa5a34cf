package nanochat.cli;

import picocli.CommandLine.Command;

/// `nanochat tokenizer`.
@Command(name = "tokenizer", description = "Train and try the tokenizer: text to tokens and back.", subcommands = {
    TokenizerTrainCommand.class,
    TokenizerEvalCommand.class, TokenizerEncodeCommand.class, TokenizerDecodeCommand.class, TokenizerExportCommand.class,
    TokenizerImportCommand.class,
    TokenizerShowConversationCommand.class})
public final class TokenizerCommand {}
