package nanochat.chat.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import nanochat.chat.AnswerReader;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.conversation.Rendering;
import nanochat.engine.Generation;
import nanochat.engine.Sampling;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// What a request of LangChain4j asks the engine for.
///
/// @param stops strings that end the answer and are no part of it
record ChatOrder(int[] prompt, Generation generation, List<String> stops) {

    /// @throws UnsupportedFeatureException when it asks for what would change the answer and is not there
    /// @throws InvalidRequestException when it is wrong
    static ChatOrder of(ChatRequest request, Tokenizer tokenizer, int contextLength) {
        ChatRequestParameters parameters = request.parameters();
        refuse(!given(parameters.toolSpecifications()).isEmpty(), "tools of LangChain4j");
        refuse(Optional.ofNullable(parameters.responseFormat()).map(ResponseFormat::type).filter(ResponseFormatType.JSON::equals)
                .isPresent(),
                "answers in JSON");
        refuse(isNotZero(parameters.frequencyPenalty()) || isNotZero(parameters.presencePenalty()), "penalties");
        refuse(Optional.ofNullable(parameters.modelName()).isPresent(), "a choice between models");
        try {
            int[] prompt = new Rendering(tokenizer).completionPrompt(conversation(request.messages()));
            int maximumTokens = Optional.ofNullable(parameters.maxOutputTokens()).orElse(contextLength);
            return new ChatOrder(prompt, new Generation(maximumTokens, sampling(parameters), ThreadLocalRandom.current().nextLong(),
                    AnswerReader.stopTokens(tokenizer)), stops(parameters));
        } catch (BadInputException | IllegalArgumentException wrong) {
            throw new InvalidRequestException(wrong.getMessage(), wrong);
        }
    }

    private static void refuse(boolean asked, String what) {
        if (asked) {
            throw new UnsupportedFeatureException("This model does not have " + what);
        }
    }

    private static <T> List<T> given(List<T> list) {
        return Optional.ofNullable(list).orElse(List.of());
    }

    private static boolean isNotZero(Double penalty) {
        return Optional.ofNullable(penalty).orElse(0.0) != 0;
    }

    /// No mass at all leaves the likeliest token.
    private static Sampling sampling(ChatRequestParameters parameters) {
        double temperature = Optional.ofNullable(parameters.temperature()).orElse(1.0);
        double topP = Optional.ofNullable(parameters.topP()).orElse(1.0);
        int topK = Optional.ofNullable(parameters.topK()).orElse(0);
        return topP == 0 ? Sampling.GREEDY : new Sampling(temperature, topK, topP, 0);
    }

    private static List<String> stops(ChatRequestParameters parameters) {
        List<String> stops = given(parameters.stopSequences());
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new BadInputException("A stop sequence must not be empty");
        }
        return List.copyOf(stops);
    }

    /// System messages at the beginning are one.
    private static Conversation conversation(List<ChatMessage> given) {
        List<Message> messages = Conversation.withOneSystemMessage(given.stream().map(ChatOrder::message).toList());
        if (!(messages.getLast() instanceof Message.User)) {
            throw new BadInputException("The last message must be the user's");
        }
        return new Conversation(messages);
    }

    private static Message message(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> new Message.SystemPrompt(system.text());
            case UserMessage user -> new Message.User(text(user.contents()));
            case AiMessage assistant -> {
                refuse(assistant.hasToolExecutionRequests(), "tools of LangChain4j");
                yield new Message.Assistant(parts(assistant));
            }
            default -> throw new UnsupportedFeatureException("This model does not read messages of type " + message.type());
        };
    }

    private static String text(List<Content> contents) {
        StringBuilder text = new StringBuilder();
        for (Content content : contents) {
            if (!(content instanceof TextContent words)) {
                throw new UnsupportedFeatureException("This model reads text, not " + content.type());
            }
            text.append(words.text());
        }
        return text.toString();
    }

    /// What the calculator did comes back as it went out; otherwise there is only text.
    private static List<Part> parts(AiMessage message) {
        if (message.attributes().get(EngineChatModel.PARTS) instanceof List<?> parts) {
            return parts.stream().map(ChatOrder::part).toList();
        }
        return List.of(new Part.Text(Optional.ofNullable(message.text()).orElse("")));
    }

    private static Part part(Object part) {
        if (part instanceof Map<?, ?> fields && fields.get("type") instanceof String type && fields.get("text") instanceof String text) {
            switch (type) {
                case "text" -> {
                    return new Part.Text(text);
                }
                case "python" -> {
                    return new Part.Python(text);
                }
                case "python_output" -> {
                    return new Part.PythonOutput(text);
                }
                default -> {
                }
            }
        }
        throw new BadInputException("The attribute '" + EngineChatModel.PARTS + "' has something else than the model left there: " + part);
    }
}
