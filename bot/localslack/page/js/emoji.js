// Emoji shortcodes: those that operations talk uses, by Slack's names. Others stay as they are written.

import { h } from "./dom.js";

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|100 💯|alarm_clock ⏰|ambulance 🚑|arrow_down ⬇️|arrow_forward ▶️|arrow_right ➡️
arrow_up ⬆️|arrows_counterclockwise 🔄|ballot_box_with_check ☑️|bangbang ‼️|bar_chart 📊|bell 🔔|blue_heart 💙|bomb 💣
book 📖|books 📚|boom 💥|bug 🐛|bulb 💡|calendar 📅|chart_with_downwards_trend 📉|chart_with_upwards_trend 📈|checkered_flag 🏁
clap 👏|clipboard 📋|clock1 🕐|closed_book 📕|cloud ☁️|coffee ☕|computer 💻|construction 🚧|cry 😢|dart 🎯|dash 💨|desktop_computer 🖥️
exclamation ❗|heavy_exclamation_mark ❗|eyes 👀|fire 🔥|fire_engine 🚒|flags 🎏|ghost 👻|gear ⚙️|globe_with_meridians 🌐
green_heart 💚|grey_question ❔|grimacing 😬|grin 😁|hammer 🔨|hammer_and_wrench 🛠️|hand ✋|heart ❤️|heavy_check_mark ✔️
heavy_minus_sign ➖|heavy_plus_sign ➕|hourglass ⌛|hourglass_flowing_sand ⏳|hugging_face 🤗|inbox_tray 📥|information_source ℹ️
joy 😂|key 🔑|label 🏷️|large_blue_circle 🔵|large_green_circle 🟢|large_orange_circle 🟠|large_purple_circle 🟣|large_red_circle 🔴
large_yellow_circle 🟡|laughing 😆|link 🔗|lock 🔒|loudspeaker 📢|mag 🔍|mag_right 🔎|mega 📣|memo 📝|pencil 📝|muscle 💪|mute 🔇|no_bell 🔕
no_entry ⛔|no_entry_sign 🚫|ok ✅|ok_hand 👌|outbox_tray 📤|package 📦|page_facing_up 📄|page_with_curl 📃|pager 📟|paperclip 📎
partying_face 🥳|pensive 😔|phone ☎️|point_right 👉|pray 🙏|pushpin 📌|question ❓|raised_hand ✋|raised_hands 🙌|recycle ♻️
red_circle 🔴|repeat 🔁|robot_face 🤖|rocket 🚀|rotating_light 🚨|satellite 📡|satellite_antenna 📡|scroll 📜|see_no_evil 🙈|shield 🛡️|ship 🚢
shipit 🐿️|siren 🚨|skull 💀|sleeping 😴|slightly_smiling_face 🙂|smile 😄|smiley 😃|snail 🐌|sob 😭|sos 🆘|sparkles ✨|speech_balloon 💬
star ⭐|stop_sign 🛑|octagonal_sign 🛑|stopwatch ⏱️|sunglasses 😎|sweat_smile 😅|tada 🎉|telephone_receiver 📞|test_tube 🧪|thermometer 🌡️
thinking_face 🤔|ticket 🎫|timer_clock ⏲️|tools 🛠️|traffic_light 🚥|vertical_traffic_light 🚦|triangular_flag_on_post 🚩|twisted_rightwards_arrows 🔀
unlock 🔓|upside_down_face 🙃|warning ⚠️|wastebasket 🗑️|wave 👋|white_check_mark ✅|white_circle ⚪|black_circle ⚫|wrench 🔧|x ❌|yellow_heart 💛
zap ⚡|zzz 💤|bust_in_silhouette 👤|busts_in_silhouette 👥|female-firefighter 👩‍🚒|firefighter 🧑‍🚒|male-firefighter 👨‍🚒|fast_forward ⏩|rewind ⏪
leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|black_square_for_stop ⏹️|double_vertical_bar ⏸️|pause_button ⏸️|stop_button ⏹️|play_or_pause_button ⏯️
card_index_dividers 🗂️|file_folder 📁|open_file_folder 📂|floppy_disk 💾|electric_plug 🔌|battery 🔋|rainbow 🌈|sunny ☀️|ocean 🌊|seedling 🌱|tornado 🌪️
heavy_multiplication_x ✖️|small_red_triangle 🔺|small_red_triangle_down 🔻|small_blue_diamond 🔹|small_orange_diamond 🔸|white_small_square ▫️|black_small_square ▪️
`;

export const EMOJI = new Map(
  TABLE.trim()
    .split(/[\n|]/)
    .map((entry) => entry.trim().split(" ")),
);

// Returns a node for `:name:`, or null if it is not an emoji of the table. Skin tones are left off.
export function emojiNode(text) {
  const name = /^:([a-z0-9_+'-]+)(::skin-tone-\d)?:$/.exec(text)?.[1];
  const symbol = name ? EMOJI.get(name) : undefined;
  return symbol ? h("span", { class: "emoji", role: "img", "aria-label": name, title: `:${name}:` }, symbol) : null;
}
