// A small server built on Fedify: real actors, signatures, key fetches and deliveries of software that
// others wrote. It accepts every Follow, keeps what its inbox understood, and sends what the control
// address is asked to send. Usage, with the Node.js that npm ci installs here:
// node_modules/.bin/node server.mjs PORT [--first-knock=rfc9421|draft-cavage-http-signatures-12] [--state=FILE]
// [--until-input-ends].
// With a state file it knows its keys, followers and posts again after a restart. With CONTROL_TOKEN in the
// environment, the control address answers only to that bearer token.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createFederation, exportJwk, generateCryptoKeyPair, importJwk, MemoryKvStore, InProcessMessageQueue } from "@fedify/fedify";
import { Accept, Activity, Create, Endpoints, Follow, Note, Object as AsObject, Person, Undo } from "@fedify/fedify/vocab";

const port = Number(process.argv[2]);
const firstKnock = process.argv.find((word) => word.startsWith("--first-knock="))?.split("=")[1];
const stateFile = process.argv.find((word) => word.startsWith("--state="))?.slice("--state=".length);
const controlToken = process.env.CONTROL_TOKEN;
const origin = `http://127.0.0.1:${port}`;

const keys = new Map(); // name -> key pairs
const followers = new Map(); // name -> Map(actor id -> {id, inboxId, endpoints})
const objects = new Map(); // URI -> JSON-LD of what this server's people wrote
const received = []; // JSON-LD of every activity the inbox verified
const displayNames = new Map(); // name -> name shown to people
const summaries = new Map(); // name -> what they say of themselves

async function save() {
  if (!stateFile) return;
  const jwks = [];
  for (const [name, pairs] of keys) {
    const exported = pairs.map(async (pair) => ({ privateKey: await exportJwk(pair.privateKey), publicKey: await exportJwk(pair.publicKey) }));
    jwks.push([name, await Promise.all(exported)]);
  }
  const lists = [...followers].map(([name, list]) => [name, [...list.values()]]);
  const state = { jwks, lists, objects: [...objects], displayNames: [...displayNames], summaries: [...summaries] };
  writeFileSync(`${stateFile}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${stateFile}.new`, stateFile);
}

async function restore() {
  if (!stateFile || !existsSync(stateFile)) return;
  const state = JSON.parse(readFileSync(stateFile, "utf8"));
  for (const [name, jwks] of state.jwks) {
    const imported = jwks.map(async (pair) => ({ privateKey: await importJwk(pair.privateKey, "private"), publicKey: await importJwk(pair.publicKey, "public") }));
    keys.set(name, await Promise.all(imported));
  }
  const url = (text) => (text ? new URL(text) : null);
  for (const [name, list] of state.lists) {
    const known = list.map(({ id, inboxId, endpoints }) => [id, { id: url(id), inboxId: url(inboxId), endpoints: { sharedInbox: url(endpoints.sharedInbox) } }]);
    followers.set(name, new Map(known));
  }
  for (const [uri, object] of state.objects) objects.set(uri, object);
  for (const [name, shown] of state.displayNames) displayNames.set(name, shown);
  for (const [name, summary] of state.summaries) summaries.set(name, summary);
}

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new InProcessMessageQueue(),
  allowPrivateAddress: true,
  ...(firstKnock ? { firstKnock } : {}),
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: displayNames.get(identifier) ?? identifier,
      summary: summaries.get(identifier) ?? "A person on a server built with Fedify",
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      url: new URL(`/@${identifier}`, ctx.url),
      publicKey: pairs[0]?.cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher(async (_ctx, identifier) => {
    if (!keys.has(identifier)) {
      const pairs = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5")];
      // People whose name begins like this make no integrity proofs, only linked-data signatures.
      if (!identifier.startsWith("rsa")) pairs.push(await generateCryptoKeyPair("Ed25519"));
      keys.set(identifier, pairs);
      await save();
    }
    return keys.get(identifier);
  });

federation.setFollowersDispatcher("/users/{identifier}/followers", (_ctx, identifier) => ({
  items: [...(followers.get(identifier)?.values() ?? [])],
}));
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, async (ctx, follow) => {
    await remember(ctx, follow);
    const target = ctx.parseUri(follow.objectId);
    const follower = await follow.getActor(ctx);
    if (target?.type !== "actor" || follower?.id == null) return;
    const list = followers.get(target.identifier) ?? new Map();
    list.set(follower.id.href, {
      id: follower.id,
      inboxId: follower.inboxId,
      endpoints: { sharedInbox: follower.endpoints?.sharedInbox ?? null },
    });
    followers.set(target.identifier, list);
    await save();
    await ctx.sendActivity(
      { identifier: target.identifier },
      follower,
      new Accept({ id: new URL(`#accepts/${Date.now()}-${received.length}`, follow.objectId), actor: follow.objectId, object: follow }),
    );
  })
  .on(Undo, async (ctx, undo) => {
    await remember(ctx, undo);
    const undone = await undo.getObject(ctx);
    const target = undone instanceof Follow ? ctx.parseUri(undone.objectId) : null;
    if (target?.type === "actor") followers.get(target.identifier)?.delete(undo.actorId?.href);
  })
  .on(Activity, remember)
  .onError((_ctx, error) => console.error("inbox", error.message));

async function remember(ctx, activity) {
  received.push(await activity.toJsonLd({ contextLoader: ctx.contextLoader, format: "compact" }));
}

async function body(message) {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const controls = {
  // Everything the inbox has verified and understood, oldest first.
  "GET /control/inbox": async () => received,
  "GET /control/followers": async (_ctx, _asked, query) => [...(followers.get(query.get("name"))?.keys() ?? [])],
  // {"from": name, "to": actor URI | "followers", "activity": JSON-LD}; objects with an id are kept and served,
  // unless "served" is false.
  "POST /control/send": async (ctx, asked) => {
    const object = asked.activity.object;
    if (typeof object === "object" && object.id?.startsWith(origin) && asked.served !== false) {
      if (asked.activity.type === "Delete") objects.delete(object.id);
      else if (object.content !== undefined) objects.set(object.id, { "@context": "https://www.w3.org/ns/activitystreams", ...object });
      await save();
    }
    const activity = await Activity.fromJsonLd(asked.activity, ctx);
    let recipients = "followers";
    if (asked.to !== "followers") {
      recipients = await AsObject.fromJsonLd(await (await ctx.documentLoader(asked.to)).document, ctx);
    }
    await ctx.sendActivity({ identifier: asked.from }, recipients, activity, { immediate: true, preferSharedInbox: asked.shared ?? false });
    return { sent: true };
  },
  "POST /control/profile": async (_ctx, asked) => {
    displayNames.set(asked.name, asked.display_name);
    if (asked.summary) summaries.set(asked.name, asked.summary);
    await save();
    return { ok: true };
  },
  // {"from": name, "url": URI}: a signed GET, as Fedify makes it.
  "POST /control/fetch": async (ctx, asked) => {
    const loader = await ctx.getDocumentLoader({ identifier: asked.from });
    try {
      return { ok: true, document: (await loader(asked.url)).document };
    } catch (error) {
      return { ok: false, error: error.message };
    }
  },
};

if (process.argv.includes("--until-input-ends")) process.stdin.on("end", () => process.exit()).resume();
await restore();
createServer(async (incoming, outgoing) => {
  const url = new URL(incoming.url, origin);
  const payload = await body(incoming);
  const ctx = federation.createContext(new URL(origin), undefined);
  const control = controls[`${incoming.method} ${url.pathname}`];
  if (control) {
    if (controlToken && incoming.headers.authorization !== `Bearer ${controlToken}`) {
      outgoing.writeHead(401).end();
      return;
    }
    try {
      const answer = await control(ctx, payload.length ? JSON.parse(payload) : null, url.searchParams);
      outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      outgoing.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: String(error.stack) }));
    }
    return;
  }
  if (incoming.method === "GET" && objects.has(url.href)) {
    outgoing.writeHead(200, { "content-type": "application/activity+json" }).end(JSON.stringify(objects.get(url.href)));
    return;
  }
  const request = new Request(url, {
    method: incoming.method,
    headers: new Headers(Object.entries(incoming.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one]))),
    ...(payload.length ? { body: payload } : {}),
  });
  const response = await federation.fetch(request, { contextData: undefined });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(Buffer.from(await response.arrayBuffer()));
}).listen(port, "127.0.0.1", () => console.log(`ready ${origin}`));
