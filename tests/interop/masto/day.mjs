// A day of two members in masto.js: `node day.mjs ORIGIN ADA_TOKEN BOB_TOKEN PICTURE`.
// Ends with "done", or with the first thing that went wrong.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRestAPIClient, createStreamingAPIClient } from "masto";

const [url, adaToken, bobToken, picture] = process.argv.slice(2);
const ada = createRestAPIClient({ url, accessToken: adaToken });
const bob = createRestAPIClient({ url, accessToken: bobToken });
const visitor = createRestAPIClient({ url });

const instance = await visitor.v2.instance.fetch();
assert.equal(instance.title, "Test community");
const me = await ada.v1.accounts.verifyCredentials();
const him = await bob.v1.accounts.verifyCredentials();
assert.equal(me.username, "ada");
assert.equal((await ada.v1.accounts.lookup({ acct: "bob" })).id, him.id);

const streaming = createStreamingAPIClient({
  streamingApiUrl: instance.configuration.urls.streaming,
  accessToken: adaToken,
});
const stream = streaming.user.subscribe();
const events = stream[Symbol.asyncIterator]();
const next = async (event) => {
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done, `the stream ended before ${event}`);
    if (value.event === event) return value.payload;
  }
};

// They meet.
await ada.v1.accounts.$select(him.id).follow();
assert.ok((await ada.v1.accounts.relationships.fetch({ id: [him.id] }))[0].following);
await bob.v1.accounts.$select(me.id).follow();

// A post with a picture, told by the stream until it is gone.
const described = "A loaf on a board";
const file = new Blob([await readFile(picture)], { type: "image/png" });
const waiting = next("update");
const media = await bob.v2.media.create({ file, description: described });
assert.equal(media.description, described);
const post = await bob.v1.statuses.create({
  status: "Bread is ready, #neighbours",
  visibility: "public",
  mediaIds: [media.id],
});
const told = await waiting;
assert.equal(told.id, post.id);
assert.equal(told.mediaAttachments[0].description, described);
assert.equal((await ada.v1.timelines.home.list({ limit: 5 }))[0].id, post.id);
const tagged = await ada.v1.timelines.tag.$select("neighbours").list();
assert.deepEqual(tagged.map(({ id }) => id), [post.id]);

// Answers, thanks and the notifications of them.
const mention = next("notification");
const answer = await bob.v1.statuses.create({
  status: "@ada, bring butter",
  visibility: "direct",
  inReplyToId: post.id,
});
assert.equal((await mention).status.id, answer.id);
const reply = await ada.v1.statuses.create({ status: "@bob On my way", inReplyToId: post.id });
const { descendants } = await ada.v1.statuses.$select(post.id).context.fetch();
assert.deepEqual(new Set(descendants.map(({ id }) => id)), new Set([answer.id, reply.id]));
assert.ok((await ada.v1.statuses.$select(post.id).favourite()).favourited);
assert.equal((await ada.v1.statuses.$select(post.id).reblog()).reblog.id, post.id);
assert.ok((await ada.v1.statuses.$select(post.id).bookmark()).bookmarked);
assert.equal((await ada.v1.bookmarks.list())[0].id, post.id);

const wanted = new Set(["favourite", "reblog", "mention", "follow"]);
for (let tries = 0; wanted.size && tries < 200; tries += 1) {
  for (const { type } of await bob.v1.notifications.list()) wanted.delete(type);
  await new Promise((resolve) => setTimeout(resolve, 25));
}
assert.deepEqual([...wanted], []);
const grouped = await bob.v2.notifications.list();
assert.ok(grouped.notificationGroups.length >= 4);

// An edit is seen; pages of a list follow each other.
const edited = next("status.update");
await bob.v1.statuses.$select(post.id).update({ status: "Bread is gone", mediaIds: [media.id] });
assert.match((await edited).content, /Bread is gone/);
assert.equal((await bob.v1.statuses.$select(post.id).history.list()).length, 2);
const seen = [];
for await (const page of ada.v1.accounts.$select(him.id).statuses.list({ limit: 1 })) {
  seen.push(...page.map(({ id }) => id));
}
assert.deepEqual(seen, [answer.id, post.id]);

// A poll, a list, a filter, what was read last, and a search.
const asked = await bob.v1.statuses.create({
  status: "Rye or wheat?",
  poll: { options: ["rye", "wheat"], expiresIn: 3600 },
});
const poll = await ada.v1.polls.$select(asked.poll.id).votes.create({ choices: [1] });
assert.deepEqual([poll.voted, poll.ownVotes], [true, [1]]);
const list = await ada.v1.lists.create({ title: "Bakers" });
await ada.v1.lists.$select(list.id).accounts.create({ accountIds: [him.id] });
assert.equal((await ada.v1.lists.$select(list.id).accounts.list())[0].id, him.id);
const filter = await ada.v2.filters.create({
  title: "Grain",
  context: ["home"],
  filterAction: "warn",
  keywordsAttributes: [{ keyword: "wheat", wholeWord: true }],
});
assert.equal(filter.keywords[0].keyword, "wheat");
await ada.v1.markers.create({ home: { lastReadId: post.id } });
assert.equal((await ada.v1.markers.fetch({ timeline: ["home"] })).home.lastReadId, post.id);
const found = await ada.v2.search.list({ q: "bob" });
assert.equal(found.accounts[0].id, him.id);

// What was written for two is not for visitors; what is deleted is told, and gone.
await assert.rejects(() => visitor.v1.statuses.$select(answer.id).fetch(), { statusCode: 404 });
const deleted = next("delete");
await bob.v1.statuses.$select(asked.id).remove();
assert.equal(await deleted, asked.id);
await assert.rejects(() => ada.v1.statuses.$select(asked.id).fetch(), { statusCode: 404 });
await ada.v1.accounts.$select(him.id).mute();
assert.equal((await ada.v1.mutes.list())[0].id, him.id);
stream.unsubscribe();
streaming.close();
console.log("done");
process.exit(0);
